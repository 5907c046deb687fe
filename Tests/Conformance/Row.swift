import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// One row of a conformance table: a request, and what a real API server (1.36) answered to it.
struct Row: Sendable, CustomTestStringConvertible {
  var name: String
  var method = "PATCH"
  var target = Maps.path("m")
  var type: String? = MediaTypes.mergePatch
  var body: [UInt8] = []
  var accept: String?
  var status: Int
  var reason: String?
  var message: String?
  /// `reason message field` of each cause.
  var causes: [String]?
  var warnings: [String] = []
  /// Whether something was stored; nil: not asked.
  var changed: Bool?

  var testDescription: String { name }

  /// A merge patch of the map `m`.
  static func merge(
    _ name: String, _ body: JSONValue, _ status: Int, query: String = "", reason: String? = nil,
    message: String? = nil, causes: [String]? = nil, warnings: [String] = [], changed: Bool? = nil
  ) -> Row {
    Row(
      name: name, target: Maps.path("m") + query, body: JSONWriter.compact.bytes(body),
      status: status, reason: reason, message: message, causes: causes, warnings: warnings,
      changed: changed)
  }

  func check(_ cluster: TestCluster, _ location: SourceLocation = #_sourceLocation) {
    let reply = cluster.send(method, target, body, type: type, accept: accept)
    #expect(reply.status == status, sourceLocation: location)
    if let reason { #expect(reply.reason == reason, sourceLocation: location) }
    if let message { #expect(reply.message == message, sourceLocation: location) }
    if let causes {
      let found = reply.causes.map { cause in
        ["reason", "message", "field"].compactMap { cause[$0]?.string }.joined(separator: " | ")
      }
      #expect(found == causes, sourceLocation: location)
    }
    #expect(
      reply.warnings == warnings.map { "299 - \(GoText.quoted($0))" }, sourceLocation: location)
    if let changed { #expect(reply.changed == changed, sourceLocation: location) }
  }
}

extension TestCluster {
  /// A cluster that holds the config map `m`.
  static func withMap(_ members: JSONValue = [:]) throws -> TestCluster {
    let cluster = try TestCluster()
    #expect(cluster.post(Maps.all, Maps.object("m", members)).status == 201)
    return cluster
  }
}
