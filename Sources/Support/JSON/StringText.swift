internal import Glibc

/// Finds where plain text within a JSON string ends, by the C library: values are a megabyte long, and
/// without an optimizing compiler a loop over them takes a tenth of a second.
struct StringText {
  /// The first quote at or after the last place that was asked for, the number of bytes where there
  /// is none; it keeps the C library, which wants a NUL at the end, within the bytes.
  private var quote = -1

  /// The first quote, backslash or control character from a place on; the number of bytes, or more
  /// when the place is beyond them, where there is none.
  mutating func end(in bytes: [UInt8], from start: Int) -> Int {
    guard start < bytes.count else { return start }
    if quote < start { quote = Self.first("\"", in: bytes[start...]) ?? bytes.count }
    guard quote < bytes.count else {
      return bytes[start...].firstIndex(where: Self.isSpecial) ?? bytes.count
    }
    return bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return start }
      return start + strcspn((base + start).assumingMemoryBound(to: CChar.self), Self.special)
    }
  }

  /// Whether nothing in a text needs an escape; `<`, `>` and `&` may count as such.
  static func isPlain(_ text: String, withHTML: Bool) -> Bool {
    text.withCString { strcspn($0, withHTML ? special : html) } == text.utf8.count
  }

  /// The first backslash.
  static func escape(in bytes: ArraySlice<UInt8>) -> Int? { first("\\", in: bytes) }

  private static func first(_ sign: Unicode.Scalar, in slice: ArraySlice<UInt8>) -> Int? {
    slice.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let found = memchr(base, Int32(sign.value), bytes.count)
      else { return nil }
      return slice.startIndex + (UnsafeRawPointer(found) - base)
    }
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static let special = set("\"\\")
  private static let html = set("\"\\<>&")

  private static func set(_ signs: String) -> [CChar] {
    signs.utf8.map { CChar($0) } + (1..<0x20) + [0]
  }
}
