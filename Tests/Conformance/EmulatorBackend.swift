import FilelogJSON
import FilelogText
import FoundationEssentials
import HTTPServer
import Synchronization

@testable import EmulatedAPIServer

/// The emulated API server without a network: time stands still unless a test moves it.
final class EmulatorBackend: ConformanceBackend {
  let server: EmulatedAPIServer
  private let clock: Clock

  private final class Clock: Sendable {
    let seconds = Mutex(1_700_000_000.0)
  }

  init() throws {
    let clock = Clock()
    var options = EmulatedAPIOptions()
    options.now = { Date(timeIntervalSince1970: clock.seconds.withLock { $0 }) }
    server = try EmulatedAPIServer(options)
    self.clock = clock
  }

  func send(_ request: ConformanceRequest, token: String?) -> TestCluster.Reply {
    var fields = HTTPHeaders(request.headers)
    let token = token ?? server.issueToken(user: "admin", groups: ["system:masters"])
    if !token.isEmpty { fields.append("Authorization", "Bearer \(token)") }
    let outcome = server.handler.outcome(
      HTTPServerRequest(
        method: request.method, target: request.target, headers: fields, body: request.body),
      isOversized: request.body.count > APIHandler.bodyLimit)
    var bytes: [UInt8] = []
    if case .bytes(let all) = outcome.response.body { bytes = all }
    return TestCluster.Reply(
      status: outcome.response.status, headers: outcome.response.headers, bytes: bytes,
      changed: outcome.changed)
  }

  func token(serviceAccount name: String, namespace: String, pod: String?) throws -> String {
    try server.issueToken(serviceAccount: name, namespace: namespace, pod: pod)
  }

  func namespace(_ name: String) -> String { name }

  func moveTime(by seconds: Double) { clock.seconds.withLock { $0 += seconds } }

  let patience = 1

  /// What runs in the background of a server that listens.
  /// - Returns: whether a namespace is gone.
  static func finishNamespaces(_ server: EmulatedAPIServer) -> Bool {
    let handler = server.handler
    return NamespaceLifecycle(store: handler.store).finishDeletions(at: handler.now())
  }
}
