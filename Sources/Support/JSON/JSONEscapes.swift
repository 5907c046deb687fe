internal import FilelogText

/// The text of a JSON string, from what stands between its quotes.
public enum JSONEscapes {
  /// Damaged escapes and UTF-8 become U+FFFD; at most `limit` bytes are given, cut between
  /// characters.
  public static func decode(_ raw: ArraySlice<UInt8>, limit: Int = .max) -> String {
    guard raw.count > limit || StringText.escape(in: raw) != nil else {
      return String(decoding: raw, as: UTF8.self)
    }
    let text = String(decoding: bytes(raw, limit: limit), as: UTF8.self)
    return limit == .max ? text : text.cut(atBytes: limit)
  }

  /// The text; nil where an escape or the UTF-8 is damaged.
  static func strictText(_ raw: ArraySlice<UInt8>) -> String? {
    // Most strings have no escape, and need no copy.
    guard StringText.escape(in: raw) != nil else { return String(validating: raw, as: UTF8.self) }
    var isDamaged = false
    let bytes = bytes(raw, limit: .max, isDamaged: &isDamaged)
    return isDamaged ? nil : String(validating: bytes, as: UTF8.self)
  }

  /// The bytes of the text, damaged escapes as U+FFFD; reading stops soon after `limit` of them.
  public static func bytes(_ raw: ArraySlice<UInt8>, limit: Int = .max) -> [UInt8] {
    var isDamaged = false
    return bytes(raw, limit: limit, isDamaged: &isDamaged)
  }

  /// Where a strict reader would stop: at a byte that no escape has. An unpaired surrogate is read.
  package static func firstUnknown(in raw: ArraySlice<UInt8>) -> Int? {
    var rest = raw
    while let escape = StringText.escape(in: rest) {
      rest = rest[(escape + 1)...]
      guard let letter = rest.popFirst(), "\"\\/bfnrtu".utf8.contains(letter) else {
        return escape + 1
      }
      if letter == UInt8(ascii: "u") {
        let digits = rest.prefix(4)
        if let other = digits.firstIndex(where: { $0.hexadecimalDigit == nil }) { return other }
        if digits.count < 4 { return digits.endIndex }
        rest = rest.dropFirst(4)
      }
    }
    return nil
  }

  private static func bytes(
    _ raw: ArraySlice<UInt8>, limit: Int, isDamaged: inout Bool
  ) -> [UInt8] {
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
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
        out.append(raw[rest.startIndex - 1])
      case UInt8(ascii: "n"): out.append(0x0a)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "r"): out.append(0x0d)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0c)
      case UInt8(ascii: "u"):
        let scalar = unicodeScalar(&rest)
        if scalar == nil { isDamaged = true }
        out += String(scalar ?? "\u{fffd}").utf8
      case let other:
        isDamaged = true
        if let other { out.append(other) }
      }
    }
    return out
  }

  /// The scalar of one `\u` escape, or of the two that are needed beyond U+FFFF.
  private static func unicodeScalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let first = codeUnit(&rest) else { return nil }
    guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) }
    var after = rest
    guard after.popFirst() == UInt8(ascii: "\\"), after.popFirst() == UInt8(ascii: "u"),
      let second = codeUnit(&after), (0xdc00..<0xe000).contains(second)
    else { return nil }
    rest = after
    return Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
  }

  private static func codeUnit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    let digits = rest.prefix(4).compactMap(\.hexadecimalDigit)
    guard digits.count == 4 else { return nil }
    rest.removeFirst(4)
    return digits.reduce(0) { $0 << 4 | UInt32($1) }
  }
}
