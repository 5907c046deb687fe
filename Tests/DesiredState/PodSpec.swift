import DesiredState
import FilelogJSON
import Testing

/// The pod of a rendered DaemonSet, for looking things up.
struct PodSpec {
  let template: JSONValue

  init(_ manifests: [Manifest]) throws {
    let daemonSet = try #require(manifests.first { $0.kind == "DaemonSet" })
    template = try #require(daemonSet.json["spec"]?["template"])
  }

  var json: JSONValue { template["spec"] ?? .null }
  var volumes: [JSONValue] { json["volumes"]?.array ?? [] }
  var initContainers: [JSONValue] { json["initContainers"]?.array ?? [] }
  var containers: [JSONValue] { json["containers"]?.array ?? [] }
  var allContainers: [JSONValue] { initContainers + containers }

  func names(of containers: [JSONValue]) -> [String] {
    containers.compactMap { $0["name"]?.string }
  }

  func container(_ name: String) throws -> JSONValue {
    try #require(allContainers.first { $0["name"]?.string == name }, "no container \(name)")
  }
}
