/// Base64 with the standard alphabet and padding (RFC 4648), straight between byte buffers: a payload
/// of a megabyte exists twice at most.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The number that each byte stands for; 0xff for bytes that are not in the alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xff, count: 256)
    for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
    return values
  }()

  private static let padding = UInt8(ascii: "=")

  /// How many bytes of text that many bytes become.
  public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  /// How many bytes a text of sound base64 stands for.
  public static func decodedCount(_ text: ArraySlice<UInt8>) -> Int {
    let pads = text.suffix(2).count { $0 == padding }
    return max(0, text.count / 4 * 3 - pads)
  }

  /// Encodes bytes as text.
  public static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(encodedCount(bytes.count))
    append(bytes, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Encodes bytes to the end of `out`.
  public static func append(_ bytes: [UInt8], to out: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let rest = min(3, bytes.count - index)
      let first = bytes[index]
      let second = rest > 1 ? bytes[index + 1] : 0
      let third = rest > 2 ? bytes[index + 2] : 0
      out.append(alphabet[Int(first >> 2)])
      out.append(alphabet[Int((first & 0x03) << 4 | second >> 4)])
      out.append(rest > 1 ? alphabet[Int((second & 0x0f) << 2 | third >> 6)] : padding)
      out.append(rest > 2 ? alphabet[Int(third & 0x3f)] : padding)
      index += 3
    }
  }

  /// Nil when the text is not exactly what an encoder writes.
  public static func decode(_ text: String) -> [UInt8]? {
    decode(Array(text.utf8)[...])
  }

  /// Nil when the text is not exactly what an encoder writes.
  public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let count = decodedCount(text)
    var out: [UInt8] = []
    out.reserveCapacity(count)
    var index = text.startIndex
    while index < text.endIndex {
      let isLast = index + 4 == text.endIndex
      let pads = isLast ? text[index + 2..<index + 4].count { $0 == padding } : 0
      guard let group = group(text[index..<index + 4], pads: pads) else { return nil }
      out.append(UInt8(truncatingIfNeeded: group >> 16))
      if pads < 2 { out.append(UInt8(truncatingIfNeeded: group >> 8)) }
      if pads < 1 { out.append(UInt8(truncatingIfNeeded: group)) }
      index += 4
    }
    return out
  }

  /// Four characters as 24 bits. Bits that a padded end does not use must be zero.
  private static func group(_ text: ArraySlice<UInt8>, pads: Int) -> UInt32? {
    var bits: UInt32 = 0
    for (offset, byte) in text.enumerated() {
      let value = offset >= 4 - pads ? (byte == padding ? 0 : 0xff) : values[Int(byte)]
      guard value != 0xff else { return nil }
      bits = bits << 6 | UInt32(value)
    }
    let unused: UInt32 = pads == 2 ? 0xffff : pads == 1 ? 0xff : 0
    return bits & unused == 0 ? bits : nil
  }
}
