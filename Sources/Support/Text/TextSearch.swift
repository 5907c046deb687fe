internal import Glibc

// The standard library looks for whole texts with its regular expressions, which are 1.6 MB of a static
// program; and to its characters a letter before a combining mark is another one.

extension ArraySlice<UInt8> {
  /// Where other bytes first stand in these.
  public func firstPlace(of bytes: some Sequence<UInt8>) -> Range<Int>? {
    let wanted = Array(bytes)
    return withUnsafeBytes { own in
      guard let start = own.baseAddress, let first = wanted.first else { return nil }
      var place = 0
      while place <= own.count - wanted.count,
        let hit = memchr(start + place, Int32(first), own.count - wanted.count - place + 1)
      {
        place = UnsafeRawPointer(hit) - start
        if memcmp(hit, wanted, wanted.count) == 0 {
          return startIndex + place..<startIndex + place + wanted.count
        }
        place += 1
      }
      return nil
    }
  }
}

extension String {
  /// Whether another text stands in this one, byte for byte.
  public func holds(_ text: String) -> Bool { Array(utf8)[...].firstPlace(of: text.utf8) != nil }

  /// What follows the first place of another text; nil where that is not in this one.
  public func rest(after text: String) -> String? {
    let bytes = Array(utf8)[...]
    return bytes.firstPlace(of: text.utf8).map {
      String(decoding: bytes[$0.upperBound...], as: UTF8.self)
    }
  }

  /// The text with another in every place of a third.
  public func replacingEach(_ text: String, with other: String) -> String {
    var rest = Array(utf8)[...]
    var bytes: [UInt8] = []
    while let place = rest.firstPlace(of: text.utf8) {
      bytes += rest[..<place.lowerBound]
      bytes += other.utf8
      rest = rest[place.upperBound...]
    }
    return String(decoding: bytes + rest, as: UTF8.self)
  }
}
