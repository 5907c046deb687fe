internal import OffsetSync

/// Numbers, times and tables as people read them.
enum Wording {
  /// Columns with two spaces in between; numbers stand at the right.
  static func table(
    _ rows: [[String]], leftAligned: Set<Int>, indentation: String = ""
  ) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = indentation
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line +=
          (column == 0 ? "" : "  ")
          + (leftAligned.contains(column) ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  static func time(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { "\(Timestamp(nanoseconds: $0))" } ?? "never"
  }

  /// `1 node`, `1,234 nodes`
  static func count(_ number: Int, _ one: String, _ several: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? one : several ?? one + "s")"
  }

  /// `12.3 %`
  static func percent(_ part: Int, of whole: Int) -> String {
    let tenths = (part * 1000 + whole / 2) / whole
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// `1234567` as `1,234,567`.
  static func grouped(_ number: Int) -> String {
    var text = String(number.magnitude)
    var end = text.count - 3
    while end > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: end))
      end -= 3
    }
    return (number < 0 ? "-" : "") + text
  }
}
