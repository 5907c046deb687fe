/// Tables of a fixed-width font.
public enum TextTable {
  /// The lines of a table, two spaces between columns, none at a line's end.
  /// - Parameters:
  ///   - rows: equally many cells each.
  ///   - leftAligned: columns of text; numbers stand at the right.
  public static func lines(_ rows: [[String]], leftAligned: Set<Int> = [0]) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return leftAligned.contains(column) ? cell + padding : padding + cell
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
