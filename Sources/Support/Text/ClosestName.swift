/// Finds what a user meant who wrote a name that does not exist.
public enum Spelling {
  /// The one of `candidates` that a few slips of the finger turn into `name`, or nil when none is
  /// near: up to two slips, and no more than a third of the letters. Letter case and the marks between
  /// words do not count.
  public static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
    let written = letters(name)
    // Bounds the work on hostile names; no name of ours is half as long.
    guard written.count <= 256 else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in candidates {
      let known = letters(candidate)
      let allowed = min(2, max(written.count, known.count) / 3)
      guard abs(written.count - known.count) <= allowed else { continue }
      let distance = editDistance(written, known)
      guard distance <= allowed else { continue }
      // Ties go to the first by name, so that the answer does not hang on the order.
      if let best, (best.distance, best.name) <= (distance, candidate) { continue }
      best = (distance, candidate)
    }
    return best?.name
  }

  /// Whether two names differ in letter case and the marks between words alone.
  public static func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.count <= 256 && letters(one) == letters(other)
  }

  /// `waitForMetadata` is `wait_for_metadata` in another manner.
  private static func letters(_ name: String) -> [Unicode.Scalar] {
    name.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" }
  }

  /// How many letters must be inserted, removed, replaced or swapped with their neighbour
  /// (the restricted Damerau-Levenshtein distance).
  static func editDistance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for row in 1..<(one.count + 1) {
      var current = [row]
      for column in 1..<(other.count + 1) {
        let same = one[row - 1] == other[column - 1]
        var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
        let swapped =
          row > 1 && column > 1 && one[row - 1] == other[column - 2]
          && one[row - 2] == other[column - 1]
        if swapped { cost = min(cost, beforeLast[column - 2] + 1) }
        current.append(cost)
      }
      (beforeLast, last) = (last, current)
    }
    return last[other.count]
  }
}
