/// One row of a timeline: a node, and how many others are like it.
struct TimelineRow: Equatable {
  /// Whose row is drawn.
  var node: String
  /// Nodes that are not drawn because the same happened to them.
  var others = 0
  /// Nodes that are left out although something else happened to them.
  var isRest = false

  /// Up to so many nodes have a row each.
  static let mostNodes = 40

  /// `node-5 +272`
  var name: String { others == 0 ? node : "\(node) +\(others)" }

  var title: String {
    others == 0
      ? node
      : "\(node), and \(others) more nodes " + (isRest ? "with less to see" : "like it")
  }

  /// In the order of the nodes. Of many, those to which the same happened share a row, and the worst
  /// come first.
  static func rows(of record: RunRecord) -> [TimelineRow] {
    guard record.nodes.count > mostNodes else { return record.nodes.map { TimelineRow(node: $0) } }
    var outcomes: [String: Outcome] = [:]
    for pod in record.pods { outcomes[pod.node, default: Outcome()].pods += 1 }
    for crash in record.crashes { outcomes[crash.node, default: Outcome()].crashes += 1 }
    for fault in record.faults {
      switch fault.kind {
      case .lost: outcomes[fault.node, default: Outcome()].lost += fault.records
      case .duplicated: outcomes[fault.node, default: Outcome()].duplicated += fault.records
      }
    }
    for patch in record.patches where patch.isRefused {
      outcomes[patch.node, default: Outcome()].isRefused = true
    }
    var groups: [Outcome: TimelineRow] = [:]
    var order: [Outcome] = []
    for node in record.nodes {
      let outcome = outcomes[node] ?? Outcome()
      if groups[outcome] == nil { order.append(outcome) }
      groups[outcome, default: TimelineRow(node: node, others: -1)].others += 1
    }
    let ranked = order.enumerated().sorted { one, other in
      (other.element.weight, one.offset) < (one.element.weight, other.offset)
    }.compactMap { groups[$0.element] }
    guard ranked.count > mostNodes else { return ranked }
    var rows = Array(ranked.prefix(mostNodes - 1))
    let rest = ranked.dropFirst(mostNodes - 1)
    var last = rest[rest.startIndex]
    last.others = rest.reduce(-1) { $0 + $1.others + 1 }
    last.isRest = true
    rows.append(last)
    return rows
  }

  /// What happened to a node, as far as that makes a difference.
  private struct Outcome: Hashable {
    var pods = 0
    var crashes = 0
    var lost = 0
    var duplicated = 0
    var isRefused = false

    /// A lost record is worse than any number of others.
    var weight: Int {
      lost * 1_000_000 + duplicated * 100 + crashes * 10 + (isRefused ? 5 : 0)
    }
  }
}
