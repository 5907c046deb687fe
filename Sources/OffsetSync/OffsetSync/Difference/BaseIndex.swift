internal import FilelogCheckpoint
internal import FilelogEncodings

/// What differences to a base need to know of it: some dozens of bytes an item instead of the whole.
struct BaseIndex {
  private var items = BaseItems()
  private var hashes: [Int] = []
  /// The items in the order of their hashes.
  private var order: [Int] = []
  private let payloadBytes: Int
  private let contentBytes: Int

  /// Nil for a base that has more items than differences are made of.
  init?(_ snapshot: Snapshot, payloadBytes: Int) {
    self.payloadBytes = payloadBytes
    contentBytes = snapshot.size
    do {
      try SnapshotItems.forEach(in: snapshot) { item, items in
        hashes.append(items.hash(item))
        self.items.add(item, items)
      }
    } catch { return nil }
    order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
  }

  /// What of a state is new, and what of the base is gone or has other numbers.
  private struct Comparison {
    var changes: ItemChanges
    /// Where in the changes' numbers times are.
    var times: [Int] = []
    var new: [(item: SnapshotItem, numbers: [UInt64])] = []
    var newBytes = 0
  }

  struct Changes {
    let bytes: [UInt8]
    /// How many of them are new items.
    let newBytes: Int
  }

  /// The changes that lead from the base to a state.
  /// - Parameter base: what the base holds; asked only where something is new.
  /// - Returns: nil where they would take more than differences may.
  func changes(to state: SnapshotState, base: () -> Snapshot?) -> Changes? {
    guard
      contentBytes + state.snapshot.size + payloadBytes <= Difference.mostMemory,
      let comparison = compare(state.snapshot)
    else { return nil }
    var changes = comparison.changes
    changes.newCount = comparison.new.count
    CoarseTimes.round(&changes.numbers, items.numbers, at: comparison.times)
    var coder = RangeEncoder()
    do { try changes.code(of: items, with: &coder) } catch { return nil }
    let literals = Self.literals(comparison.new)
    var out = [Difference.version] + items.check(changes, literals)
    Self.append(coder.finish()[...], to: &out)
    let controlBytes = out.count
    if !comparison.new.isEmpty {
      guard let base = base(),
        let dictionary = try? DifferenceDictionary.bytes(of: base, changes.gone)
      else { return nil }
      Varint.append(UInt64(literals.count), to: &out)
      Self.append(Deflate.compress(literals, dictionary: dictionary, .records)[...], to: &out)
    }
    guard out.count <= Difference.mostBytes - 64 else { return nil }
    return Changes(bytes: out, newBytes: out.count - controlBytes)
  }

  private func compare(_ snapshot: Snapshot) -> Comparison? {
    var found = Comparison(changes: ItemChanges(of: items))
    var isTaken = Array(repeating: false, count: items.count)
    do {
      try SnapshotItems.forEach(in: snapshot) { item, items throws(SnapshotItems.TooMany) in
        if let index = untaken(items.hash(item), in: isTaken) {
          isTaken[index] = true
          let range = self.items.range(index)
          found.changes.numbers.replaceSubrange(range, with: items.numbers)
          if item.kind == .entry, let time = items.entry.timeIndex {
            found.times.append(range.lowerBound + time)
          }
        } else {
          found.new.append((item, item.kind == .entry ? [] : items.numbers))
          found.newBytes += item.bytes.count + item.path.reduce(16) { $0 + $1.count + 4 }
          guard found.newBytes <= Difference.mostExpanded else { throw SnapshotItems.TooMany() }
        }
      }
    } catch { return nil }
    found.changes.isGone = isTaken.map { !$0 }
    return found
  }

  /// Of several items that are equal but for their numbers, the first that is left.
  private func untaken(_ hash: Int, in isTaken: [Bool]) -> Int? {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if hashes[order[middle]] < hash { low = middle + 1 } else { high = middle }
    }
    while low < order.count, hashes[order[low]] == hash {
      if !isTaken[order[low]] { return order[low] }
      low += 1
    }
    return nil
  }

  // MARK: Bytes

  private static func literals(_ new: [(item: SnapshotItem, numbers: [UInt64])]) -> [UInt8] {
    var out: [UInt8] = []
    var path: [ArraySlice<UInt8>] = []
    for (item, numbers) in new {
      let isSamePath = item.path == path
      out.append(item.kind.rawValue | (isSamePath ? DifferenceReader.samePath : 0))
      if !isSamePath {
        path = item.path
        Varint.append(UInt64(path.count), to: &out)
        for name in path { append(name, to: &out) }
      }
      append(item.bytes, to: &out)
      for number in numbers { Varint.append(number, to: &out) }
    }
    return out
  }

  private static func append(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8]) {
    Varint.append(UInt64(bytes.count), to: &out)
    out += bytes
  }
}
