internal import FilelogText

/// A result as a table for people, one row a node.
public enum ResultTable {
  /// Of more nodes than this, only the worst are shown unless all are asked for.
  public static let mostNodes = 10

  /// The table's lines, each with its line break: the nodes, of many only the worst unless
  /// `showsAll`, and the total.
  public static func text(_ result: RunResult, showsAll: Bool = true) -> String {
    let header = [
      "node", "pods", "written", "delivered", "duplicated", lostColumn(result), "patches", "bytes",
    ]
    let nodes = showsAll ? result.nodes : worst(result.nodes, mostNodes)
    var rows = [header] + nodes.map(row)
    if result.nodes.count > 1 { rows.append(row(result.total)) }
    var lines = TextTable.lines(rows)
    let rule = String(repeating: "-", count: lines[0].count)
    lines.insert(rule, at: 1)
    if result.nodes.count > 1 { lines.insert(rule, at: lines.count - 1) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The heading of what did not arrive.
  static func lostColumn(_ result: RunResult) -> String {
    result.isInterrupted ? "missing" : "lost"
  }

  /// So many nodes at most, in their order: first those that lost most, then those that duplicated
  /// most, then those that wrote to the API server most.
  static func worst(_ nodes: [RunResult.Node], _ count: Int) -> [RunResult.Node] {
    guard nodes.count > count else { return nodes }
    let ranked = nodes.indices.sorted { one, other in
      func rank(_ index: Int) -> (Int, Int, Int, Int) {
        let node = nodes[index]
        return (-node.missing, -node.duplicated, -(node.patches ?? 0), index)
      }
      return rank(one) < rank(other)
    }
    return ranked.prefix(count).sorted().map { nodes[$0] }
  }

  private static func row(_ node: RunResult.Node) -> [String] {
    [
      node.name, String(node.podGenerations), node.written.grouped, node.delivered.grouped,
      node.duplicated.grouped, node.missing.grouped, node.patches?.grouped ?? "–",
      node.patchBytes?.grouped ?? "–",
    ]
  }
}
