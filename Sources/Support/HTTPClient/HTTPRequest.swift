/// One request, with every bound that its sending has.
public struct HTTPRequest: Sendable {
  /// `GET`, `PATCH`, …, sent as it is.
  public var method: String

  /// An absolute `http` or `https` URL, already percent-encoded.
  public var url: String

  /// Sent in this order. Values never appear in errors.
  public var headers: [(name: String, value: String)]

  /// Nil sends no body and no `Content-Length`.
  public var body: [UInt8]?

  /// For the whole exchange: name look-up, connection, request and answer.
  public var timeout: Duration

  /// For name look-up, connection and TLS handshake.
  public var connectTimeout: Duration

  /// Gives the exchange up when fewer than 64 bytes a second moved for this long. Nil leaves that
  /// to ``timeout``. Whole seconds count. An API server under contention may take 35 s to answer.
  public var stallTimeout: Duration?

  /// The largest body of a successful answer (status below 300), in bytes. A larger one fails with
  /// ``HTTPFailure/Code/responseTooLarge``.
  public var responseLimit: Int

  /// How much of the body of any other answer is kept, in bytes. The rest is not read, and
  /// ``HTTPResponse/isTruncated`` is set: the status is worth more than its explanation.
  public var errorBodyLimit: Int

  /// A request with bounds that suit small answers; only the URL is needed.
  public init(
    method: String = "GET",
    url: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil,
    timeout: Duration = .seconds(30),
    connectTimeout: Duration = .seconds(10),
    stallTimeout: Duration? = nil,
    responseLimit: Int = 4 << 20,
    errorBodyLimit: Int = 64 << 10
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.stallTimeout = stallTimeout
    self.responseLimit = responseLimit
    self.errorBodyLimit = errorBodyLimit
  }
}
