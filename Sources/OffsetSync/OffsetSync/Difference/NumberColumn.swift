/// How far numbers of one kind moved, of all items that changed.
enum NumberColumn {
  private enum Form: UInt64 {
    /// How far each moved.
    case distance
    /// … beyond what the number before it lets expect: a log file's records are as many as its bytes, by
    /// and large.
    case beyondProportion
    /// How far each is behind the largest, which tells times best.
    case behindLargest
  }

  /// Writes the numbers at some places, or puts there those that are read.
  /// - Parameter isFirst: whether no number of the same item is before each.
  static func code(
    _ places: [Int], isFirst: Bool, of numbers: inout [UInt64], from old: [UInt64],
    with coder: inout some BitCoder
  ) {
    guard let first = places.first else { return }
    let distances = places.map { numbers[$0] &- old[$0] }
    let before = places.map {
      isFirst ? 0 : Int64(bitPattern: numbers[$0 - 1] &- old[$0 - 1])
    }
    // A reader has no numbers yet, and takes what was chosen.
    let ratio = ratio(distances, before)
    let largest = places.reduce(0) { max($0, numbers[$1]) }
    let zeros = places.reduce(63) { min($0, (largest - numbers[$1]).trailingZeroBitCount) }
    let candidates = [
      distances.map(zigzag),
      zip(before, distances).map { zigzag($1 &- proportion($0, ratio)) },
      places.map { (largest - numbers[$0]) >> UInt64(zeros) },
    ]
    let costs = candidates.map { $0.reduce(0) { $0 + 64 - $1.leadingZeroBitCount } }
    let cheapest = costs.indices.min { costs[$0] < costs[$1] } ?? 0

    var head = NumberModel()
    var values = NumberModel()
    let form = Form(rawValue: head.code(UInt64(cheapest), with: &coder)) ?? .distance
    let wanted = zip(places, candidates[Int(form.rawValue)])
    switch form {
    case .distance:
      for (place, value) in wanted {
        numbers[place] = old[place] &+ distance(values.code(value, with: &coder))
      }
    case .beyondProportion:
      let coded = head.code(zigzag(UInt64(bitPattern: ratio)), with: &coder)
      let ratio = Int64(bitPattern: distance(coded))
      for (before, (place, value)) in zip(before, wanted) {
        numbers[place] =
          old[place] &+ proportion(before, ratio) &+ distance(values.code(value, with: &coder))
      }
    case .behindLargest:
      let coded = head.code(zigzag(largest &- old[first]), with: &coder)
      let largest = old[first] &+ distance(coded)
      let zeros = head.code(UInt64(zeros), with: &coder) & 63
      for (place, value) in wanted {
        numbers[place] = largest &- (values.code(value, with: &coder) << zeros)
      }
    }
  }

  private static func proportion(_ before: Int64, _ ratio: Int64) -> UInt64 {
    UInt64(bitPattern: (before &* ratio) >> 20)
  }

  /// In parts of 2²⁰.
  private static func ratio(_ distances: [UInt64], _ before: [Int64]) -> Int64 {
    let moved = distances.reduce(0.0) { $0 + Double(Int64(bitPattern: $1)) }
    let base = before.reduce(0.0) { $0 + Double($1) }
    let ratio = base == 0 ? 0 : moved / base * Double(1 << 20)
    return ratio.magnitude < Double(1 << 40) ? Int64(ratio.rounded()) : 0
  }

  /// Small numbers for small distances in either direction.
  private static func zigzag(_ distance: UInt64) -> UInt64 {
    let signed = Int64(bitPattern: distance)
    return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
  }

  static func distance(_ zigzag: UInt64) -> UInt64 {
    (zigzag >> 1) ^ (0 &- (zigzag & 1))
  }
}
