internal import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 for tests and simulations: one thread per connection, kept
/// connections, plain or within TLS.
///
/// The handler runs on the connections' threads, several at once.
public final class HTTPServer: Sendable {
  /// Responds to a request; runs on the connection's thread.
  public typealias Handler = @Sendable (HTTPServerRequest) -> HTTPServerResponse

  struct Service: Sendable {
    let limits: HTTPServerLimits
    let handler: Handler
    let oversized: Handler
    let availability: @Sendable (ContinuousClock.Instant) -> Availability
  }

  /// Whether the port is open.
  public struct Availability: Sendable {
    /// Whether connections are taken.
    public var isOpen: Bool
    /// When to ask again; nil for not before ``HTTPServer/reconsiderAvailability()``.
    public var until: ContinuousClock.Instant?

    /// - Parameters:
    ///   - isOpen: whether connections are taken.
    ///   - until: when to ask again; nil for not before
    ///   ``HTTPServer/reconsiderAvailability()``.
    public init(isOpen: Bool, until: ContinuousClock.Instant? = nil) {
      self.isOpen = isOpen
      self.until = until
    }
  }

  private enum Phase {
    case new
    case running(ConnectionPool, ServerThread)
    case stopped
  }

  private let port: UInt16
  private let tls: TLSIdentity?
  private let service: Service
  private let phase = Mutex(Phase.new)

  /// - Parameters:
  ///   - port: 0 for one that is free.
  ///   - tls: nil for plain HTTP.
  ///   - limits: how large and how slow a request may be.
  ///   - oversized: responds to a request whose body is larger than `limits.bodyBytes`; it gets the
  ///     request without its body. By default a plain 413.
  ///   - availability: when it says no, the port is closed and connections are refused.
  ///   - handler: responds to every other request.
  public init(
    port: UInt16 = 0, tls: TLSIdentity? = nil, limits: HTTPServerLimits = HTTPServerLimits(),
    availability: @escaping @Sendable (ContinuousClock.Instant) -> Availability = { _ in
      Availability(isOpen: true)
    },
    oversized: @escaping Handler = { _ in .text(413, "request body too large\n") },
    handler: @escaping Handler
  ) {
    self.port = port
    self.tls = tls
    service = Service(
      limits: limits, handler: handler, oversized: oversized, availability: availability)
  }

  deinit { stop() }

  /// Opens the port and responds from then on, until ``stop()``. A server starts once.
  /// - Returns: the port.
  /// - Throws: when the port is taken or the identity is unusable.
  public func start() throws(HTTPServerError) -> UInt16 {
    var context: TLSContext?
    if let tls { context = try TLSContext(tls) }
    let (listener, port) = try Socket.listen(port: port)
    let pool = ConnectionPool(
      listener: listener, port: port, context: context, service: service)
    let outcome: Result<UInt16, HTTPServerError> = phase.withLock { phase in
      guard case .new = phase else { return .failure(.alreadyStarted) }
      do throws(HTTPServerError) {
        phase = .running(pool, try ServerThread { pool.acceptUntilStopped() })
        return .success(port)
      } catch {
        return .failure(error)
      }
    }
    if case .failure = outcome { Socket.close(listener) }
    return try outcome.get()
  }

  /// Has the server ask whether it is available.
  public func reconsiderAvailability() {
    if case .running(let pool, _) = phase.withLock({ $0 }) { pool.reconsider() }
  }

  /// Closes the port and every connection, and waits for their threads to end: handlers that still
  /// run are waited for. Does nothing when the server does not run.
  ///
  /// Never call it from a handler, which would wait for itself.
  public func stop() {
    let before = phase.withLock { phase in
      defer { phase = .stopped }
      return phase
    }
    guard case .running(let pool, let acceptor) = before else { return }
    pool.stop()
    acceptor.join()
  }
}
