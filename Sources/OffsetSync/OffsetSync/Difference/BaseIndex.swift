internal import FilelogEncodings

/// What differences to a base need to know of it: some dozens of bytes an item instead of the whole.
struct BaseIndex {
  private var hashes: [Int] = []
  /// Where the numbers of an item begin; one more than there are items.
  private var starts: [Int] = [0]
  private var numbers: [UInt64] = []
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
        numbers += items.numbers
        starts.append(numbers.count)
      }
    } catch { return nil }
    order = hashes.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
  }

  /// What of a state is new, and what of the base is gone or has other numbers.
  private struct Comparison {
    var isTaken: [Bool]
    /// Of the base's items, those that are not taken as they were.
    var numbers: [UInt64]
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
    let gone = hashes.indices.filter { !comparison.isTaken[$0] }
    var out = StateDigest.bytes(of: state.snapshot, state.digests)
    Self.append(section: control(comparison, gone), to: &out)
    let controlBytes = out.count
    if !comparison.new.isEmpty {
      guard let base = base(), let dictionary = try? DifferenceDictionary.bytes(of: base, gone)
      else { return nil }
      Self.append(
        section: Self.literals(comparison.new), dictionary: dictionary, .records, to: &out)
    }
    guard out.count <= Difference.mostBytes - 64 else { return nil }
    return Changes(bytes: out, newBytes: out.count - controlBytes)
  }

  private func compare(_ snapshot: Snapshot) -> Comparison? {
    var found = Comparison(
      isTaken: Array(repeating: false, count: hashes.count), numbers: numbers)
    do {
      try SnapshotItems.forEach(in: snapshot) { item, items throws(SnapshotItems.TooMany) in
        if let index = untaken(items.hash(item), in: found.isTaken) {
          found.isTaken[index] = true
          found.numbers.replaceSubrange(starts[index]..<starts[index + 1], with: items.numbers)
        } else {
          found.new.append((item, item.kind == .entry ? [] : items.numbers))
          found.newBytes += item.bytes.count + item.path.reduce(16) { $0 + $1.count + 4 }
          guard found.newBytes <= Difference.mostExpanded else { throw SnapshotItems.TooMany() }
        }
      }
    } catch { return nil }
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

  private func control(_ found: Comparison, _ gone: [Int]) -> [UInt8] {
    var out: [UInt8] = []
    Varint.append(UInt64(hashes.count), to: &out)
    Self.append(list: gone, to: &out)
    let changed = hashes.indices.filter { index in
      found.isTaken[index]
        && numbers[starts[index]..<starts[index + 1]]
          != found.numbers[starts[index]..<starts[index + 1]]
    }
    Self.append(list: changed, to: &out)
    let counts = changed.map { starts[$0 + 1] - starts[$0] }
    for slot in 0..<(counts.max() ?? 0) {
      let column = zip(changed, counts).filter { $1 > slot }.map { index, _ in
        DifferenceColumn.zigzag(
          found.numbers[starts[index] + slot] &- numbers[starts[index] + slot])
      }
      DifferenceColumn.append(column, to: &out)
    }
    Varint.append(UInt64(found.new.count), to: &out)
    return out
  }

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

  private static func append(list: [Int], to out: inout [UInt8]) {
    Varint.append(UInt64(list.count), to: &out)
    var next = 0
    for number in list {
      Varint.append(UInt64(number - next), to: &out)
      next = number + 1
    }
  }

  private static func append(
    section: [UInt8], dictionary: [UInt8] = [], _ content: GzipWriter.Content = .text,
    to out: inout [UInt8]
  ) {
    let compressed = Deflate.compress(section, dictionary: dictionary, content)
    Varint.append(UInt64(section.count), to: &out)
    append(compressed[...], to: &out)
  }
}
