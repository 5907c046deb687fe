public import FilelogText

/// What a handler responds with.
public struct HTTPServerResponse: Sendable {
  /// The response's content.
  public enum Body: Sendable {
    /// Sent with `Content-Length`.
    case bytes([UInt8])
    /// Sent in chunks while the closure runs, on the connection's thread. The response is complete
    /// when it returns, and visibly cut off when it throws.
    case stream(@Sendable (HTTPBodyWriter) throws -> Void)
  }

  /// How much of the response arrives; anything but `whole` plays a broken network.
  public enum Delivery: Sendable, Hashable {
    /// All of it.
    case whole
    /// The connection closes after that many bytes of the body.
    case cut(afterBytes: Int)
    /// A streamed body is cut off when it has been sent for so long.
    case cutAfter(Duration)
    /// The connection is reset and nothing of the response is sent.
    case reset
  }

  /// The HTTP status.
  public var status: Int
  /// `Content-Length`, `Transfer-Encoding` and `Connection` are the server's own.
  public var headers: HTTPHeaders
  /// The content.
  public var body: Body
  /// How much of it arrives.
  public var delivery: Delivery

  /// A response with these parts.
  public init(
    status: Int, headers: HTTPHeaders = HTTPHeaders(), body: Body = .bytes([]),
    delivery: Delivery = .whole
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.delivery = delivery
  }

  /// A short plain-text response.
  public static func text(_ status: Int, _ text: String) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: HTTPHeaders([("Content-Type", "text/plain; charset=utf-8")]),
      body: .bytes(Array(text.utf8)))
  }

  /// A JSON response, already serialized.
  public static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: HTTPHeaders([("Content-Type", "application/json")]),
      body: .bytes(bytes))
  }
}

/// What the server accepts and how long it waits.
public struct HTTPServerLimits: Sendable {
  /// Request line and header fields together, in bytes; more gets a 431.
  public var headBytes = 64 << 10
  /// The largest body handed to the handler, in bytes.
  public var bodyBytes = 4 << 20
  /// How much of a larger body is read and thrown away so that the client gets its 413; beyond
  /// that the connection closes.
  public var discardedBytes = 64 << 20
  /// Connections beyond this number are closed at once.
  public var connections = 1024
  /// How long a kept-alive connection may rest between requests.
  public var idle: Duration = .seconds(120)
  /// How long a request may take to arrive, from its first byte to its last.
  public var arrival: Duration = .seconds(60)
  /// How long the client may take to accept the next piece of a response.
  public var sending: Duration = .seconds(60)

  /// Limits that suit an emulated API server.
  public init() {}
}
