import FilelogJSON
import FilelogText
import FoundationEssentials
import HTTPServer
import Synchronization
import TestSupport

@testable import EmulatedAPIServer

/// An emulated API server without a network: requests go straight to its handler, and time stands
/// still unless a test moves it.
struct TestCluster: Sendable, TestRequests {
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
}
