internal import BoltFile

/// Applies changes to their base, whatever client wrote them: memory is bounded by the base and the
/// limits, and what comes out is checked as a payload's files are.
enum DifferenceReader {
  /// Of an item's kind: it has the path of the new item before it.
  static let samePath: UInt8 = 0x80

  /// - Returns: the state. Whether it keeps to the limits of a payload is for the caller to see.
  static func apply(
    _ changes: [UInt8], to base: Snapshot
  ) throws(DifferenceError) -> Snapshot {
    var cursor = DifferenceCursor(changes[...])
    let digest = try cursor.bytes(StateDigest.size)
    let control = try cursor.section()
    var controls = DifferenceCursor(control[...])
    let count = try controls.number(atMost: SnapshotItems.most)
    let gone = try controls.list(below: count)
    let changed = try controls.list(below: count)
    var builder = SnapshotBuilder()
    try take(base, count: count, gone, changed, &controls, into: &builder)
    let newCount = try controls.number(atMost: SnapshotItems.most)
    guard controls.rest.isEmpty else { throw tooLong }
    if newCount > 0 {
      let dictionary: [UInt8]
      do { dictionary = try DifferenceDictionary.bytes(of: base, gone) } catch { throw tooMany }
      try add(newCount, from: try cursor.section(dictionary: dictionary), to: &builder)
    }
    guard cursor.rest.isEmpty else { throw tooLong }
    let snapshot = try builder.finish()
    guard digest.elementsEqual(StateDigest.bytes(of: snapshot, snapshot.digests)) else {
      throw DifferenceError(.digest, "it gives another state than was stored")
    }
    return snapshot
  }

  private static let tooLong = DifferenceError(.format, "it has bytes behind its end")
  private static let tooMany = DifferenceError(
    .base, "its base has more items than differences are made of")

  /// Takes what is kept of the base, with new numbers where it has others.
  private static func take(
    _ base: Snapshot, count: Int, _ gone: [Int], _ changed: [Int],
    _ controls: inout DifferenceCursor, into builder: inout SnapshotBuilder
  ) throws(DifferenceError) {
    let numbers = try newNumbers(base, count: count, changed, &controls)
    var (gone, changed) = (gone[...], changed[...])
    var position = 0
    var failure: DifferenceError?
    do {
      try SnapshotItems.forEach(in: base) { item, items in
        let isChanged = changed.first == items.count
        if isChanged { changed.removeFirst() }
        if gone.first == items.count {
          gone.removeFirst()
          if isChanged { failure = DifferenceError(.format, "it changes an item that is gone") }
        } else if failure == nil {
          do throws(DifferenceError) {
            let range = position..<(position + (isChanged ? items.numbers.count : 0))
            try builder.add(item, items, numbers: isChanged ? numbers[range] : nil)
          } catch { failure = error }
        }
        if isChanged { position += items.numbers.count }
      }
    } catch { throw tooMany }
    if let failure { throw failure }
  }

  /// The numbers of the changed items, one item after the other.
  private static func newNumbers(
    _ base: Snapshot, count: Int, _ changed: [Int], _ controls: inout DifferenceCursor
  ) throws(DifferenceError) -> [UInt64] {
    var numbers: [UInt64] = []
    var starts = [0]
    var next = changed[...]
    var found = 0
    do {
      try SnapshotItems.forEach(in: base) { item, items in
        found += 1
        guard next.first == items.count else { return }
        next.removeFirst()
        numbers += items.numbers
        starts.append(numbers.count)
      }
    } catch { throw tooMany }
    guard found == count else {
      throw DifferenceError(.base, "it is to a base of \(count) items, not \(found)")
    }
    let counts = zip(starts.dropFirst(), starts).map { $0 - $1 }
    for slot in 0..<(counts.max() ?? 0) {
      let places = counts.indices.filter { counts[$0] > slot }.map { starts[$0] + slot }
      let column = try DifferenceColumn.read(places.count, from: &controls)
      for (place, zigzag) in zip(places, column) {
        numbers[place] &+= DifferenceColumn.distance(zigzag)
      }
    }
    return numbers
  }

  private static func add(
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
