internal import Glibc

extension String {
  /// Whether its UTF-8 bytes come before another's, as unsigned numbers. A config map of many nodes
  /// has its keys sorted with every answer, so this is worth a function of the C library.
  package func precedesByBytes(_ other: String) -> Bool {
    let answer = utf8.withContiguousStorageIfAvailable { own in
      other.utf8.withContiguousStorageIfAvailable { others in
        let common = Swift.min(own.count, others.count)
        let order = common == 0 ? 0 : memcmp(own.baseAddress!, others.baseAddress!, common)
        return order == 0 ? own.count < others.count : order < 0
      }
    }
    return (answer ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}
