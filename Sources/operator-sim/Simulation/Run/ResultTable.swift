internal import Text

/// A result as a table for people, one row a node.
public enum ResultTable {
  /// The table's lines, each with its line break.
  public static func text(_ result: RunResult) -> String {
    let header = [
      "node", "pods", "written", "delivered", "duplicated", "lost", "patches", "bytes",
    ]
    var rows = [header] + result.nodes.map(row)
    if result.nodes.count > 1 { rows.append(row(result.total)) }
    var lines = TextTable.lines(rows)
    let rule = String(repeating: "-", count: lines[0].count)
    lines.insert(rule, at: 1)
    if result.nodes.count > 1 { lines.insert(rule, at: lines.count - 1) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ node: RunResult.Node) -> [String] {
    [
      node.name, String(node.lives), node.written.grouped, node.delivered.grouped,
      node.duplicated.grouped, node.lost.grouped, node.patches?.grouped ?? "–",
      node.patchBytes?.grouped ?? "–",
    ]
  }
}
