internal import Glibc

/// Base64 as Go's standard encoding reads it: padded, line breaks ignored. The C library looks at the
/// text first: config maps hold a mebibyte of it, and tests and simulations run as debug builds.
enum Base64Text {
  /// The position at which Go's decoder would stop, nil for sound text.
  static func firstIllegalPosition(_ text: String) -> Int? {
    let (leading, count) = (text.withCString { strspn($0, alphabet) }, text.utf8.count)
    let padding = count - leading
    if count % 4 == 0, padding == 0 || padding < 3 && text.hasSuffix(padding == 1 ? "=" : "==") {
      return nil
    }
    let bytes = Array(text.utf8)
    var digits = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if isBreak(byte) {
        index += 1
      } else if byte == UInt8(ascii: "=") {
        return illegalPadding(bytes, at: index, after: digits % 4)
      } else if isDigit(byte) {
        digits += 1
        index += 1
      } else {
        return index
      }
    }
    return digits % 4 == 0 ? nil : bytes.count - digits % 4
  }

  /// The number of bytes that sound text stands for.
  static func decodedCount(_ text: String) -> Int {
    let leading = text.withCString { strspn($0, alphabet) }
    let rest = text.utf8.dropFirst(leading)
    return (leading + rest.count { isDigit($0) }) * 3 / 4
  }

  private static let alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  private static func illegalPadding(_ bytes: [UInt8], at start: Int, after digits: Int) -> Int? {
    guard digits >= 2 else { return start }
    var index = start + 1
    if digits == 2 {
      while index < bytes.count, isBreak(bytes[index]) { index += 1 }
      guard index < bytes.count else { return bytes.count }
      guard bytes[index] == UInt8(ascii: "=") else { return index }
      index += 1
    }
    while index < bytes.count, isBreak(bytes[index]) { index += 1 }
    return index < bytes.count ? index : nil
  }

  private static func isBreak(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    alphabet.utf8.contains(byte)
  }
}
