/// Tables of a Markdown document.
struct MarkdownTable {
  /// The rows below the heading, each a list of cells.
  let rows: [[String]]

  /// The first table after a heading, or nil.
  init?(after heading: String, in document: String) {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix(heading) }) else { return nil }
    let table = lines[start...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
    guard table.count > 2 else { return nil }
    rows = table.dropFirst(2).map { line in
      line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
    }
  }

  /// What stands in backquotes in a column, in order.
  func code(inColumn column: Int) -> [String] {
    rows.flatMap { Self.code(in: $0.count > column ? $0[column] : "") }
  }

  /// What stands in backquotes in a text, in order.
  static func code(in text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }
}
