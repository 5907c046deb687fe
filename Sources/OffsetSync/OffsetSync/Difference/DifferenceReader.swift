internal import BoltFile

/// Applies changes to their base, whatever client wrote them: memory is bounded by the base and the
/// limits, and what comes out is checked as a payload's files are.
enum DifferenceReader {
  /// Of an item's kind: it has the path of the new item before it.
  static let samePath: UInt8 = 0x80

  /// - Parameter changes: with the version of their form before them.
  /// - Returns: the state. Whether it keeps to the limits of a payload is for the caller to see.
  static func apply(
    _ changes: [UInt8], to base: Snapshot
  ) throws(DifferenceError) -> Snapshot {
    var cursor = DifferenceCursor(changes[...])
    switch try cursor.byte() {
    case Difference.formerVersion: return try FormerDifferenceReader.apply(cursor, to: base)
    case Difference.version: break
    default: throw DifferenceError(.format, "it has another version than \(Difference.version)")
    }
    let check = try cursor.bytes(BaseItems.checkSize)
    let items: BaseItems
    do { items = try BaseItems(base) } catch { throw tooMany }
    var found = ItemChanges(of: items)
    var coder = RangeDecoder(try cursor.bytes(try cursor.number(atMost: Difference.mostBytes)))
    try found.code(of: items, with: &coder)
    var literals: [UInt8] = []
    if found.newCount > 0 {
      literals = try self.literals(&cursor, base, found.gone)
    }
    guard cursor.rest.isEmpty else { throw tooLong }
    guard check.elementsEqual(items.check(found, literals)) else {
      throw DifferenceError(.digest, "it gives another state than was stored")
    }
    var builder = SnapshotBuilder()
    try take(base, items, found, into: &builder)
    try add(found.newCount, from: literals, to: &builder)
    return try builder.finish()
  }

  static let tooLong = DifferenceError(.format, "it has bytes behind its end")
  static let tooMany = DifferenceError(
    .base, "its base has more items than differences are made of")

  /// New items, expanded.
  static func literals(
    _ cursor: inout DifferenceCursor, _ base: Snapshot, _ gone: [Int]
  ) throws(DifferenceError) -> [UInt8] {
    let dictionary: [UInt8]
    do { dictionary = try DifferenceDictionary.bytes(of: base, gone) } catch { throw tooMany }
    return try cursor.section(dictionary: dictionary)
  }

  /// Takes what is kept of the base, with new numbers where it has others.
  private static func take(
    _ base: Snapshot, _ items: BaseItems, _ found: ItemChanges,
    into builder: inout SnapshotBuilder
  ) throws(DifferenceError) {
    var failure: DifferenceError?
    do {
      try SnapshotItems.forEach(in: base) { item, visited in
        let index = visited.count
        guard failure == nil, !found.isGone[index] else { return }
        let numbers = found.numbers[items.range(index)]
        do throws(DifferenceError) {
          try builder.add(
            item, visited, numbers: numbers == items.numbers[items.range(index)] ? nil : numbers)
        } catch { failure = error }
      }
    } catch { throw tooMany }
    if let failure { throw failure }
  }

  static func add(
    _ count: Int, from literals: [UInt8], to builder: inout SnapshotBuilder
  ) throws(DifferenceError) {
    var cursor = DifferenceCursor(literals[...])
    var path: [ArraySlice<UInt8>] = []
    for _ in 0..<count {
      let first = try cursor.byte()
      guard let kind = SnapshotItem.Kind(rawValue: first & ~samePath) else {
        throw DifferenceError(.format, "it holds an item of an unknown kind")
      }
      if first & samePath == 0 {
        path = []
        for _ in 0..<(try cursor.number(atMost: SnapshotBuilder.longestPath)) {
          path.append(try cursor.bytes(try cursor.number(atMost: BoltFormat.maximumKeySize)))
        }
      }
      let bytes = try cursor.bytes(try cursor.number(atMost: Difference.mostExpanded))
      var numbers: [UInt64] = []
      for _ in 0..<(kind.numberCount ?? 0) { numbers.append(try cursor.number()) }
      try builder.add(SnapshotItem(kind: kind, path: path, bytes: bytes), numbers: numbers)
    }
    guard cursor.rest.isEmpty else { throw tooLong }
  }
}
