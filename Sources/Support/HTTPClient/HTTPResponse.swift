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

/// Header fields in the order they came; names compare without regard to case.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// Every field, in the order they came.
  public private(set) var fields: [(name: String, value: String)] = []

  /// No fields.
  public init() {}

  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { (name: $0.0, value: $0.1) }
  }

  /// The value of the first field of that name.
  public subscript(_ name: String) -> String? {
    let wanted = name.lowercased()
    return fields.first { $0.name.lowercased() == wanted }?.value
  }

  /// The values of every field of that name, such as several `Warning`s.
  public func all(_ name: String) -> [String] {
    let wanted = name.lowercased()
    return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
  }

  /// Adds a field after the others, also one of a name that is there already.
  public mutating func append(_ name: String, _ value: String) {
    fields.append((name: name, value: value))
  }

  mutating func removeAll() {
    fields.removeAll()
  }
}
