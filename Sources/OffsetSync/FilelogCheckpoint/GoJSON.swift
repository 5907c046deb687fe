internal import FilelogJSON

/// JSON as Go's `encoding/json` writes it, so that what is encoded here has the bytes that the
/// receiver would have stored: `<`, `>`, `&` and the two line separators of Unicode are escaped.
enum GoJSON {
  static func bytes(_ value: JSONValue) -> [UInt8] {
    let plain = JSONWriter.compact.bytes(value)
    var out: [UInt8] = []
    out.reserveCapacity(plain.count)
    var index = 0
    // These bytes occur within strings only, where an escape may stand for any of them.
    while index < plain.count {
      switch plain[index] {
      case UInt8(ascii: "<"): out += "\\u003c".utf8
      case UInt8(ascii: ">"): out += "\\u003e".utf8
      case UInt8(ascii: "&"): out += "\\u0026".utf8
      case 0xe2 where plain[index...].starts(with: "\u{2028}".utf8):
        out += "\\u2028".utf8
        index += 2
      case 0xe2 where plain[index...].starts(with: "\u{2029}".utf8):
        out += "\\u2029".utf8
        index += 2
      case let byte: out.append(byte)
      }
      index += 1
    }
    return out
  }

  static func text(_ value: JSONValue) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }
}
