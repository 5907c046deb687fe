internal import FilelogEncodings

/// Of a base's items, what changes of them are written with: their numbers, and what the rest of them is
/// recognized by.
struct BaseItems {
  private(set) var isEntry: [Bool] = []
  /// Where the numbers of an item begin; one more than there are items.
  private(set) var starts: [Int] = [0]
  private(set) var numbers: [UInt64] = []
  /// Of everything about an item but its numbers.
  private var digests: [UInt8] = []

  var count: Int { isEntry.count }

  init() {}

  init(_ base: Snapshot) throws(SnapshotItems.TooMany) {
    try SnapshotItems.forEach(in: base) { add($0, $1) }
  }

  mutating func add(_ item: SnapshotItem, _ items: borrowing SnapshotItems) {
    isEntry.append(item.kind == .entry)
    numbers += items.numbers
    starts.append(numbers.count)
    var hash = FastSHA256()
    hash.update([item.kind.rawValue])
    for name in item.path { Self.add(name, to: &hash) }
    items.forEachPiece(of: item) { Self.add($0, to: &hash) }
    digests += hash.finish().prefix(Self.checkSize)
  }

  private static func add(_ bytes: ArraySlice<UInt8>, to hash: inout FastSHA256) {
    var length: [UInt8] = []
    Varint.append(UInt64(bytes.count), to: &length)
    hash.update(length)
    hash.update(bytes)
  }

  func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  static let checkSize = 8

  /// Identifies the state that changes lead to.
  func check(_ changes: ItemChanges, _ literals: [UInt8]) -> [UInt8] {
    var hash = FastSHA256()
    var bytes: [UInt8] = []
    for index in 0..<count where !changes.isGone[index] {
      bytes += digests[index * Self.checkSize..<(index + 1) * Self.checkSize]
      for number in changes.numbers[range(index)] { Varint.append(number, to: &bytes) }
      if bytes.count > 4096 {
        hash.update(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    hash.update(bytes)
    hash.update([UInt8](repeating: 0, count: Self.checkSize))
    hash.update(literals)
    return Array(hash.finish().prefix(Self.checkSize))
  }
}

/// What becomes of a base's items, and how many come.
struct ItemChanges {
  var isGone: [Bool]
  /// Of all items, those that are gone included.
  var numbers: [UInt64]
  var newCount = 0

  /// Nothing changes.
  init(of base: BaseItems) {
    isGone = Array(repeating: false, count: base.count)
    numbers = base.numbers
  }

  var gone: [Int] { isGone.indices.filter { isGone[$0] } }

  /// More numbers than a node's log files have: nothing reads or writes more of them.
  static let mostNumbers = 1 << 18

  /// Writes, or reads, the changes.
  mutating func code(
    of base: BaseItems, with coder: inout some BitCoder
  ) throws(DifferenceError) {
    var counts = NumberModel()
    let count = counts.code(UInt64(base.count), with: &coder)
    guard count == UInt64(base.count) else {
      throw DifferenceError(.base, "it is to a base of another number of items than \(base.count)")
    }
    var models = [AdaptiveBit](repeating: AdaptiveBit(), count: 4)
    var (wasGone, wasChanged) = (false, false)
    var changed: (others: [Int], entries: [Int]) = ([], [])
    for index in 0..<base.count {
      wasGone = coder.code(isGone[index], &models[wasGone ? 1 : 0])
      isGone[index] = wasGone
      guard !wasGone else { continue }
      let range = base.range(index)
      wasChanged = coder.code(
        base.numbers[range] != numbers[range], &models[wasChanged ? 3 : 2])
      guard wasChanged else { continue }
      if base.isEntry[index] { changed.entries.append(index) } else { changed.others.append(index) }
    }
    for indices in [changed.others, changed.entries] {
      try code(indices, of: base, with: &coder)
    }
    let newCount = counts.code(UInt64(newCount), with: &coder)
    guard newCount <= UInt64(SnapshotItems.most) else {
      throw DifferenceError(.format, "it holds a number that is out of bounds")
    }
    self.newCount = Int(newCount)
  }

  /// The numbers of some items: the first of each, then the second, and so on.
  private mutating func code(
    _ indices: [Int], of base: BaseItems, with coder: inout some BitCoder
  ) throws(DifferenceError) {
    let total = indices.reduce(0) { $0 + base.range($1).count }
    guard total <= Self.mostNumbers else {
      throw DifferenceError(.tooLarge, "it changes more than \(Self.mostNumbers) numbers")
    }
    for slot in 0..<(indices.map { base.range($0).count }.max() ?? 0) {
      let places = indices.filter { base.range($0).count > slot }.map { base.starts[$0] + slot }
      NumberColumn.code(
        places, isFirst: slot == 0, of: &numbers, from: base.numbers, with: &coder)
    }
  }
}
