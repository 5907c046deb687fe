/// The text of a JSON string, from what stands between its quotes.
enum JSONEscapes {
  /// Damaged escapes and UTF-8 become U+FFFD; at most `limit` bytes are given, cut between
  /// characters.
  static func decode(_ raw: ArraySlice<UInt8>, limit: Int = .max) -> String {
    guard raw.count > limit || raw.contains(UInt8(ascii: "\\")) else {
      return String(decoding: raw, as: UTF8.self)
    }
    let text = String(decoding: bytes(raw, limit: limit), as: UTF8.self)
    return limit == .max ? text : text.cut(atBytes: limit)
  }

  /// The bytes of the text; reading stops soon after `limit` of them.
  static func bytes(_ raw: ArraySlice<UInt8>, limit: Int = .max) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(min(raw.count, limit))
    var rest = raw
    // Four more than wanted, so that a cut is seen as one.
    while out.count < (limit == .max ? limit : limit + 4), let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        out.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): out.append(0x0a)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0d)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0c)
      case UInt8(ascii: "u"): out += String(unicodeScalar(&rest)).utf8
      case let other?: out.append(other)
      case nil: break
      }
    }
    return out
  }

  private static func unicodeScalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar {
    let replacement: Unicode.Scalar = "\u{fffd}"
    guard let first = codeUnit(&rest) else { return replacement }
    guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) ?? replacement }
    var after = rest
    guard after.popFirst() == UInt8(ascii: "\\"), after.popFirst() == UInt8(ascii: "u"),
      let second = codeUnit(&after), (0xdc00..<0xe000).contains(second)
    else { return replacement }
    rest = after
    return Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)) ?? replacement
  }

  private static func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let digits = rest.prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16)
    else { return nil }
    rest.removeFirst(4)
    return value
  }
}

extension String {
  /// The text itself, or its beginning of at most that many bytes with an ellipsis after it.
  func cut(atBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return String(unicodeScalars[..<end]) + "…"
  }
}
