/// The difference of two texts in the unified format that `diff -u` and `kubectl diff` print.
public enum UnifiedDiff {
  /// How many lines that are the same stand around those that differ.
  private static let context = 3

  private enum Line {
    case same(String)
    case removed(String)
    case added(String)

    var text: String {
      switch self {
      case .same(let line): " " + line
      case .removed(let line): "-" + line
      case .added(let line): "+" + line
      }
    }

    var isSame: Bool { if case .same = self { true } else { false } }
  }

  /// - Parameters:
  ///   - name: of both sides, as they stand in the heading.
  ///   - old: the text before.
  ///   - new: the text after.
  /// - Returns: empty when the texts are the same.
  public static func text(of name: String, from old: String, to new: String) -> String {
    guard old != new else { return "" }
    let lines = edits(split(old), split(new))
    // As `diff` and git name a side that does not exist.
    var out = old.isEmpty ? "--- /dev/null\n" : "--- live/\(name)\n"
    out += new.isEmpty ? "+++ /dev/null\n" : "+++ applied/\(name)\n"
    for hunk in hunks(lines) {
      let before = lines[..<hunk.lowerBound]
      let oldStart = before.count { if case .added = $0 { false } else { true } }
      let newStart = before.count { if case .removed = $0 { false } else { true } }
      let oldCount = lines[hunk].count { if case .added = $0 { false } else { true } }
      let newCount = lines[hunk].count { if case .removed = $0 { false } else { true } }
      out += "@@ -\(range(oldStart, oldCount)) +\(range(newStart, newCount)) @@\n"
      for line in lines[hunk] { out += line.text + "\n" }
    }
    return out
  }

  private static func split(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// An empty range is named by the line before it, as `diff` does.
  private static func range(_ start: Int, _ count: Int) -> String {
    let first = count == 0 ? start : start + 1
    return count == 1 ? "\(first)" : "\(first),\(count)"
  }

  private static func edits(_ old: [String], _ new: [String]) -> [Line] {
    var removed = [Bool](repeating: false, count: old.count)
    var added = [Bool](repeating: false, count: new.count)
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed[offset] = true
      case .insert(let offset, _, _): added[offset] = true
      }
    }
    var lines: [Line] = []
    var (from, to) = (0, 0)
    while from < old.count || to < new.count {
      if from < old.count, removed[from] {
        lines.append(.removed(old[from]))
        from += 1
      } else if to < new.count, added[to] {
        lines.append(.added(new[to]))
        to += 1
      } else {
        lines.append(.same(old[from]))
        (from, to) = (from + 1, to + 1)
      }
    }
    return lines
  }

  /// Runs of lines that differ, with their context, those that touch joined.
  private static func hunks(_ lines: [Line]) -> [Range<Int>] {
    var hunks: [Range<Int>] = []
    for (index, line) in lines.enumerated() where !line.isSame {
      let lower = max(0, index - context)
      let upper = min(lines.count, index + context + 1)
      if let last = hunks.last, lower <= last.upperBound {
        hunks[hunks.count - 1] = last.lowerBound..<upper
      } else {
        hunks.append(lower..<upper)
      }
    }
    return hunks
  }
}
