import FilelogJSON
import FilelogText
import FoundationEssentials
import HTTPServer
import Synchronization

@testable import EmulatedAPIServer

/// An emulated API server without a network: requests go straight to its handler, and time stands
/// still unless a test moves it.
struct TestCluster: Sendable {
  let server: EmulatedAPIServer
  private let clock: Clock

  private final class Clock: Sendable {
    let seconds = Mutex(1_700_000_000.0)
  }

  struct Reply: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]
    let changed: Bool

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var resourceVersion: String? { json["metadata"]?["resourceVersion"]?.string }
    var message: String? { json["message"]?.string }
    var reason: String? { json["reason"]?.string }
    var causes: [JSONValue] { json["details"]?["causes"]?.array ?? [] }
    var warnings: [String] { headers.all("Warning") }
  }

  /// - Parameter change: adjusts the options, for a data file for instance.
  init(_ change: (inout EmulatedAPIOptions) -> Void = { _ in }) throws {
    let clock = Clock()
    var options = EmulatedAPIOptions()
    options.now = { Date(timeIntervalSince1970: clock.seconds.withLock { $0 }) }
    change(&options)
    server = try EmulatedAPIServer(options)
    self.clock = clock
  }

  func moveTime(by seconds: Double) {
    clock.seconds.withLock { $0 += seconds }
  }

  /// What runs in the background of a server that listens.
  /// - Returns: whether a namespace is gone.
  func finishNamespaces() -> Bool {
    let handler = server.handler
    return NamespaceLifecycle(store: handler.store).finishDeletions(at: handler.now())
  }

  var admin: String { server.issueToken(user: "admin", groups: ["system:masters"]) }

  /// - Parameter token: nil sends the request as the administrator; an empty one sends none.
  func send(
    _ method: String, _ target: String, _ body: [UInt8] = [], type: String? = nil,
    accept: String? = nil, token: String? = nil, headers: [(name: String, value: String)] = []
  ) -> Reply {
    var fields = HTTPHeaders(headers)
    let token = token ?? admin
    if !token.isEmpty { fields.append("Authorization", "Bearer \(token)") }
    if let type { fields.append("Content-Type", type) }
    if let accept { fields.append("Accept", accept) }
    let outcome = server.handler.outcome(
      HTTPServerRequest(method: method, target: target, headers: fields, body: body),
      isOversized: body.count > APIHandler.bodyLimit)
    var bytes: [UInt8] = []
    if case .bytes(let all) = outcome.response.body { bytes = all }
    return Reply(
      status: outcome.response.status, headers: outcome.response.headers, bytes: bytes,
      changed: outcome.changed)
  }

  func send(
    _ method: String, _ target: String, _ body: JSONValue, type: String? = nil,
    accept: String? = nil, token: String? = nil
  ) -> Reply {
    send(
      method, target, JSONWriter.compact.bytes(body), type: type, accept: accept, token: token)
  }

  func get(_ target: String, token: String? = nil) -> Reply { send("GET", target, token: token) }

  func post(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("POST", target, body, type: "application/json", token: token)
  }

  func put(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PUT", target, body, type: "application/json", token: token)
  }

  func merge(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.mergePatch, token: token)
  }

  func patch(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.jsonPatch, token: token)
  }

  func strategic(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.strategicMergePatch, token: token)
  }

  func apply(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: MediaTypes.apply, token: token)
  }
}

/// Config maps in the namespace that tests use.
enum Maps {
  static let all = "/api/v1/namespaces/default/configmaps"

  static func path(_ name: String) -> String { "\(all)/\(name)" }

  static func object(_ name: String, _ members: JSONValue = [:]) -> JSONValue {
    var object = members
    object["apiVersion"] = "v1"
    object["kind"] = "ConfigMap"
    object["metadata"] = ["name": .string(name)]
    return object
  }

  /// Base64 of that many zero bytes.
  static func base64(zeros count: Int) -> JSONValue {
    .string(Data(count: count).base64EncodedString())
  }
}

/// Daemon sets for tests.
enum Daemons {
  static let all = "/apis/apps/v1/namespaces/default/daemonsets"

  static func object(
    _ name: String = "d", containers: JSONValue = [["name": "c", "image": "i:1"]]
  ) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": .string(name)],
      "spec": [
        "selector": ["matchLabels": ["app": "x"]],
        "template": [
          "metadata": ["labels": ["app": "x"]], "spec": ["containers": containers],
        ],
      ],
    ]
  }
}
