/// Why a server could not start.
public enum HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The port is taken, or may not be used.
  case cannotListen(port: UInt16, reason: String)
  /// The system gives no more threads.
  case cannotStartThread(reason: String)
  /// Key and certificate are not usable PEM, or do not belong together.
  case unusableIdentity(reason: String)
  /// A server is started once in its life.
  case alreadyStarted

  public var description: String {
    switch self {
    case .cannotListen(let port, let reason): "cannot listen on 127.0.0.1:\(port): \(reason)"
    case .cannotStartThread(let reason): "cannot start a thread: \(reason)"
    case .unusableIdentity(let reason): "TLS key and certificate cannot be used: \(reason)"
    case .alreadyStarted: "the server was started before"
    }
  }
}

/// The connection ended: closed by the client, by a stopping server, or too slow.
public struct HTTPConnectionEnded: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}
