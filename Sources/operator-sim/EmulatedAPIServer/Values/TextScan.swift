internal import Glibc

/// Looks for bytes by the C library, which is fast without an optimizing compiler too: config maps
/// hold a mebibyte of text, and tests and simulations run as debug builds.
enum TextScan {
  /// The number of leading bytes that belong to a set.
  static func span(_ text: String, of set: String) -> Int {
    text.withCString { strspn($0, set) }
  }

  /// The number of leading bytes that do not belong to a set; a NUL ends the search too.
  static func span(_ text: String, without set: String) -> Int {
    text.withCString { strcspn($0, set) }
  }

  static func contains(_ text: String, _ byte: UInt8) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false
    } ?? text.utf8.contains(byte)
  }

  /// The same within bytes that end in a NUL.
  static func span(_ bytes: [UInt8], from start: Int, without set: String) -> Int {
    bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return 0 }
      return strcspn((base + start).assumingMemoryBound(to: CChar.self), set)
    }
  }

  /// Bytes below the space, but for NUL.
  static let controls = String(decoding: 1...31, as: UTF8.self)
}
