internal import FilelogEncodings
internal import FilelogText
internal import Glibc
internal import HTTPServer
internal import Synchronization

/// Where exporters send log records to: an OTLP/HTTP endpoint on loopback that counts them.
final class LogBackend: Sendable {
  private let server: HTTPServer
  private let trouble: Trouble

  /// How it takes requests.
  enum State: Equatable {
    case healthy
    /// It answers late.
    case slow(Duration)
    /// It takes nothing: it answers as a backend in trouble does, so that exporters try again.
    case down
  }

  private final class Trouble: Sendable {
    let state = Mutex(State.healthy)
  }

  /// From now on it takes requests so.
  func set(_ state: State) { trouble.state.withLock { $0 = state } }

  /// - Parameter received: called on the connections' threads with the bodies of a request's records.
  init(received: @escaping @Sendable ([String]) -> Void) {
    let trouble = Trouble()
    self.trouble = trouble
    server = HTTPServer { request in
      switch trouble.state.withLock({ $0 }) {
      case .healthy: break
      case .slow(let time): usleep(UInt32(time / .microseconds(1)))
      case .down: return .text(503, "an outage is played")
      }
      guard request.method == "POST", request.path == "/v1/logs" else {
        return .text(404, "only POST /v1/logs is answered here")
      }
      guard let bodies = Self.bodies(of: request) else {
        return .text(400, "expected an ExportLogsServiceRequest in JSON")
      }
      received(bodies)
      return .json(200, Array("{}".utf8))
    }
  }

  /// - Returns: the endpoint's URL, without a path.
  func start() throws -> String { "http://127.0.0.1:\(try server.start())" }

  func stop() { server.stop() }

  private static func bodies(of request: HTTPServerRequest) -> [String]? {
    var bytes = request.body
    if request.headers["Content-Encoding"] == "gzip" {
      guard let unpacked = try? Gzip.expand(bytes, limit: 64 << 20) else { return nil }
      bytes = unpacked
    }
    return OTLPLogBodies.parse(bytes)
  }
}
