public import FilelogText

/// The answer to a request, whatever its status.
public struct HTTPResponse: Sendable {
  /// 100 to 599, or whatever three digits the server sent.
  public let status: Int
  /// The answer's headers.
  public let headers: HTTPHeaders
  /// The body, at most as long as the request allows.
  public let body: [UInt8]

  /// The body of an error was longer than ``HTTPRequest/errorBodyLimit``; `body` is its beginning.
  public let isTruncated: Bool

  /// An answer with these parts.
  public init(
    status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], isTruncated: Bool = false
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.isTruncated = isTruncated
  }
}
