internal import CFilelogCurl

/// An HTTP/1.1 client on libcurl that keeps its connection open from one request to the next.
///
/// One exchange at a time, on the thread that calls. Redirects are not followed; other schemes than
/// `http` and `https` are refused; SIGPIPE never reaches the process. ``send(_:askingEvery:isCancelled:)`` waits for the
/// answer; ``start(_:)`` gives a transfer to look after now and then.
public final class HTTPClient {
  /// What holds for all requests of a client.
  public struct Options: Sendable {
    /// Which servers are believed.
    public var trust: TLSTrust
    /// What is shown to a server that asks; nil for nothing.
    public var clientCertificate: ClientCertificate?
    /// Which proxy is used, if any.
    public var proxy: HTTPProxy
    /// The name that the server's certificate must have, and that it is told during the handshake,
    /// where that is not the URL's host; nil: the host.
    public var serverName: String?

    /// By default the system's authorities, no certificate, no proxy.
    public init(
      trust: TLSTrust = .system, clientCertificate: ClientCertificate? = nil,
      proxy: HTTPProxy = .none, serverName: String? = nil
    ) {
      self.trust = trust
      self.clientCertificate = clientCertificate
      self.proxy = proxy
      self.serverName = serverName
    }
  }

  private let options: Options
  private let engine: CurlEngine?

  /// Connects at the first request.
  public init(_ options: Options = Options()) {
    self.options = options
    engine = CurlEngine()
  }

  /// Sends a request and waits for its answer, any status included.
  ///
  /// - Parameters:
  ///   - request: what to send, and its bounds.
  ///   - slice: how often `isCancelled` is asked while waiting.
  ///   - isCancelled: true ends the exchange with ``HTTPFailure/Code/cancelled``.
  /// - Throws: ``HTTPFailure`` when there is no complete answer within the request's bounds.
  public func send(
    _ request: HTTPRequest, askingEvery slice: Duration = .milliseconds(100),
    isCancelled: () -> Bool = { false }
  ) throws(HTTPFailure) -> HTTPResponse {
    let transfer = try start(request)
    while true {
      if let response = try transfer.poll(waitingUpTo: slice) { return response }
      if isCancelled() {
        transfer.cancel()
        throw HTTPFailure(.cancelled, origin: transfer.origin)
      }
    }
  }

  /// Begins an exchange without waiting for anything.
  ///
  /// - Precondition: the client's previous transfer is over or cancelled.
  /// - Throws: ``HTTPFailure`` when the request cannot be sent at all.
  public func start(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPTransfer {
    let origin = try RequestCheck.origin(of: request)
    guard let engine else { throw HTTPFailure(.clientFault, origin: origin) }
    return try HTTPTransfer(request, options, origin: origin, engine: engine)
  }
}

/// libcurl's handles. Connections belong to `multi` and survive the transfers.
final class CurlEngine {
  let multi: UnsafeMutableRawPointer
  let easy: CurlHandle
  var isBusy = false

  init?() {
    guard let easy = CurlHandle(), let multi = curl_multi_init() else { return nil }
    self.easy = easy
    self.multi = multi
  }

  deinit {
    curl_multi_remove_handle(multi, easy.raw)
    curl_multi_cleanup(multi)
  }
}
