/// Bytes of a text that others take the place of.
struct Splice: Sendable {
  let range: Range<Int>
  let text: String
  /// Of several insertions at one place, what stands deeper comes first.
  var depth = 0

  /// Applies splices that do not overlap; in any order, but those at one place and of one depth keep
  /// theirs.
  /// - Returns: nil when two overlap.
  static func apply(_ splices: [Splice], to text: [UInt8]) -> [UInt8]? {
    let sorted = splices.enumerated().sorted { one, other in
      key(one.element, one.offset) < key(other.element, other.offset)
    }.map(\.element)
    var result: [UInt8] = []
    var position = 0
    for splice in sorted {
      guard splice.range.lowerBound >= position else { return nil }
      result += text[position..<splice.range.lowerBound]
      result += splice.text.utf8
      position = splice.range.upperBound
    }
    return result + text[position...]
  }

  private static func key(_ splice: Splice, _ order: Int) -> (Int, Int, Int, Int) {
    (splice.range.lowerBound, splice.range.isEmpty ? 0 : 1, -splice.depth, order)
  }
}
