internal import FilelogEncodings
public import FilelogText

/// One request as it came in, its body read whole.
public struct HTTPServerRequest: Sendable {
  /// The method as sent, in upper case by convention (`GET`, `PATCH`).
  public let method: String
  /// The request target as sent: path and query, still percent-encoded.
  public let target: String
  /// The request's headers.
  public let headers: HTTPHeaders
  /// The query's parameters in the order sent, percent-decoded.
  public let query: [(name: String, value: String)]
  /// The body without any transfer coding; empty when there was none.
  public let body: [UInt8]
  /// The connection the request came on; nil for a request made up by a test.
  let connection: ConnectionStream?

  /// A request that came over no network, for tests.
  public init(
    method: String, target: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []
  ) {
    self.init(method: method, target: target, headers: headers, body: body, connection: nil)
  }

  init(
    method: String, target: String, headers: HTTPHeaders, body: [UInt8],
    connection: ConnectionStream?
  ) {
    self.method = method
    self.target = target
    query = Self.query(of: target)
    self.headers = headers
    self.body = body
    self.connection = connection
  }

  /// The target up to its question mark, still percent-encoded.
  public var path: String {
    String(target.prefix { $0 != "?" })
  }

  /// The parts of the path between slashes, percent-decoded; empty parts are left out.
  public var pathSegments: [String] {
    path.split(separator: "/").map { PercentEncoding.decodeLeniently($0) }
  }

  private static func query(of target: String) -> [(name: String, value: String)] {
    guard let mark = target.firstIndex(of: "?") else { return [] }
    return target[target.index(after: mark)...].split(separator: "&").map { part in
      let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        PercentEncoding.decodeLeniently(pieces[0], plusIsSpace: true),
        pieces.count > 1 ? PercentEncoding.decodeLeniently(pieces[1], plusIsSpace: true) : ""
      )
    }
  }

  /// The first query parameter of that name; nil when there is none.
  public func queryValue(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  /// Holds the handler for a while, as a slow server would.
  /// - Returns: false when the client went away or the server stopped meanwhile.
  public func pause(for duration: Duration) -> Bool {
    guard let connection else { return true }
    return connection.waitForEnd(.now + duration, waking: nil) == .timedOut
  }
}
