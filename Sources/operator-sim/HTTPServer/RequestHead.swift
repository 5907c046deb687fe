internal import FilelogText

/// Request line and header fields, parsed strictly (RFC 9112): what two readers could read
/// differently is refused.
struct RequestHead: Sendable {
  var method: String
  var target: String
  /// False for HTTP/1.0, which knows neither chunks nor kept connections.
  var isHTTP11: Bool
  var fields: HTTPHeaders

  enum BodyLength: Hashable {
    case none
    case bytes(Int)
    case chunked
  }

  /// Why a request is refused: the status to respond with, and words for a person.
  struct Refusal: Error, Hashable {
    let status: Int
    let reason: String
  }

  /// - Parameter bytes: everything up to and including the empty line.
  init(parsing bytes: ArraySlice<UInt8>) throws(Refusal) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }[...]
    let requestLine = lines.popFirst() ?? []
    let parts = requestLine.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(Self.isTokenByte),
      parts[1].first == UInt8(ascii: "/"), parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { throw Refusal(status: 400, reason: "malformed request line") }
    switch String(decoding: parts[2], as: UTF8.self) {
    case "HTTP/1.1": isHTTP11 = true
    case "HTTP/1.0": isHTTP11 = false
    default: throw Refusal(status: 505, reason: "HTTP/1.1 is spoken here")
    }
    method = String(decoding: parts[0], as: UTF8.self)
    target = String(decoding: parts[1], as: UTF8.self)
    fields = HTTPHeaders()
    for line in lines where !line.isEmpty {
      let (name, value) = try Self.field(line)
      fields.append(name, value)
    }
  }

  private static func field(_ line: ArraySlice<UInt8>) throws(Refusal) -> (String, String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(isTokenByte)
    else { throw Refusal(status: 400, reason: "malformed header field") }
    var value = line[(colon + 1)...]
    while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
      throw Refusal(status: 400, reason: "malformed header field")
    }
    return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  /// How the body is framed.
  func bodyLength() throws(Refusal) -> BodyLength {
    let codings = fields.all("Transfer-Encoding")
    let lengths = Set(fields.all("Content-Length"))
    if !codings.isEmpty {
      guard isHTTP11, lengths.isEmpty, codings.count == 1, codings[0].lowercased() == "chunked"
      else { throw Refusal(status: 400, reason: "unsupported transfer coding") }
      return .chunked
    }
    guard let length = lengths.first else { return .none }
    guard lengths.count == 1, !length.isEmpty, length.utf8.count < 19,
      length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(length)
    else { throw Refusal(status: 400, reason: "malformed Content-Length") }
    return count == 0 ? .none : .bytes(count)
  }

  /// Whether the client lets the connection be used again.
  var keepsConnection: Bool {
    let options = fields.all("Connection").joined(separator: ",").lowercased()
      .split(separator: ",").map { $0.filter { $0 != " " } }
    return isHTTP11 ? !options.contains("close") : options.contains("keep-alive")
  }

  var expectsContinue: Bool {
    isHTTP11 && fields["Expect"]?.lowercased() == "100-continue"
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
