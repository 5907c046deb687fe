internal import FilelogText

/// Percent-encoding (RFC 3986): of URLs, and of the values in OpenTelemetry's lists of headers and
/// attributes (W3C Baggage).
public enum PercentEncoding {
  /// The text with everything but the unreserved characters encoded.
  public static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Nil when a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
  public static func decode(_ text: some StringProtocol) -> String? {
    guard let bytes = bytes(text, isLenient: false) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// As servers read a URL: a broken escape stays as it is, bytes that are not UTF-8 become U+FFFD.
  /// With `plusIsSpace` a plus is a space, as in the query of a form.
  public static func decodeLeniently(
    _ text: some StringProtocol, plusIsSpace: Bool = false
  ) -> String {
    let plain = bytes(text, plusIsSpace: plusIsSpace, isLenient: true) ?? []
    return String(decoding: plain, as: UTF8.self)
  }

  private static func bytes(
    _ text: some StringProtocol, plusIsSpace: Bool = false, isLenient: Bool
  ) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        let digits = rest.prefix(2).compactMap(\.hexadecimalDigit)
        if digits.count == 2 {
          out.append(digits[0] << 4 | digits[1])
          rest.removeFirst(2)
          continue
        }
        guard isLenient else { return nil }
      }
      out.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
    }
    return out
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
