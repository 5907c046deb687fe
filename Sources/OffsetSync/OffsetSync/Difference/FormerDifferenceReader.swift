internal import FilelogCheckpoint

/// Applies changes in the form that earlier versions of this program wrote, version 1: only of a pod that
/// was killed is there one left.
enum FormerDifferenceReader {
  static func apply(
    _ changes: DifferenceCursor, to base: Snapshot
  ) throws(DifferenceError) -> Snapshot {
    var cursor = changes
    let digest = try cursor.bytes(StateDigest.size)
    let control = try cursor.section()
    var controls = DifferenceCursor(control[...])
    let count = try controls.number(atMost: SnapshotItems.most)
    let gone = try controls.list(below: count)
    let changed = try controls.list(below: count)
    var builder = SnapshotBuilder(.former)
    try take(base, count: count, gone, changed, &controls, into: &builder)
    let newCount = try controls.number(atMost: SnapshotItems.most)
    guard controls.rest.isEmpty else { throw DifferenceReader.tooLong }
    if newCount > 0 {
      let literals = try DifferenceReader.literals(&cursor, base, gone)
      try DifferenceReader.add(newCount, from: literals, to: &builder)
    }
    guard cursor.rest.isEmpty else { throw DifferenceReader.tooLong }
    let snapshot = try builder.finish()
    guard digest.elementsEqual(StateDigest.bytes(of: snapshot, snapshot.digests)) else {
      throw DifferenceError(.digest, "it gives another state than was stored")
    }
    return snapshot
  }

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
      try SnapshotItems.forEach(in: base, .former) { item, items in
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
    } catch { throw DifferenceReader.tooMany }
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
      try SnapshotItems.forEach(in: base, .former) { item, items in
        found += 1
        guard next.first == items.count else { return }
        next.removeFirst()
        numbers += items.numbers
        starts.append(numbers.count)
      }
    } catch { throw DifferenceReader.tooMany }
    guard found == count else {
      throw DifferenceError(.base, "it is to a base of \(count) items, not \(found)")
    }
    let counts = zip(starts.dropFirst(), starts).map { $0 - $1 }
    for slot in 0..<(counts.max() ?? 0) {
      let places = counts.indices.filter { counts[$0] > slot }.map { starts[$0] + slot }
      let column = try FormerNumberColumn.read(places.count, from: &controls)
      for (place, zigzag) in zip(places, column) {
        numbers[place] &+= NumberColumn.distance(zigzag)
      }
    }
    return numbers
  }
}
