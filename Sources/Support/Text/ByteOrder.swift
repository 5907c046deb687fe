internal import Glibc

extension String {
  /// Whether its UTF-8 bytes come before another's, as unsigned numbers. A config map of many nodes
  /// has its keys sorted with every answer, so this is worth a function of the C library.
  package func precedesByBytes(_ other: String) -> Bool {
    let answer = utf8.withContiguousStorageIfAvailable { own in
      other.utf8.withContiguousStorageIfAvailable { others in
        precedes(UnsafeRawBufferPointer(own), UnsafeRawBufferPointer(others))
      }
    }
    return (answer ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}

extension ArraySlice<UInt8> {
  /// Whether they come before others, as unsigned numbers; a prefix comes first.
  package func precedesByBytes(_ other: Self) -> Bool {
    withUnsafeBytes { own in other.withUnsafeBytes { precedes(own, $0) } }
  }
}

private func precedes(_ own: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
  let common = min(own.count, other.count)
  let order = common == 0 ? 0 : memcmp(own.baseAddress!, other.baseAddress!, common)
  return order == 0 ? own.count < other.count : order < 0
}
