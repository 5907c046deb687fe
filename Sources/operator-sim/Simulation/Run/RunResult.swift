public import JSON

/// What came of a simulation.
public struct RunResult: Sendable {
  /// What happened on one node, over all lives of its pod.
  public struct Node: Sendable {
    /// The node's name.
    public var name: String
    /// Records that applications wrote.
    public var written: Int
    /// Records that arrived, each counted once.
    public var delivered: Int
    /// Arrivals beyond each record's first.
    public var duplicated: Int
    /// Records that never arrived.
    public var lost: Int
    /// Writes of snapshots to the API server; nil where the server is not ours and does not tell.
    public var patches: Int?
    /// Bytes of those requests' bodies.
    public var patchBytes: Int?
    /// Pods that ran on the node.
    public var lives: Int
  }

  /// The name of what was played.
  public var scenario: String
  /// Against what it was played, in words.
  public var surroundings: [String]
  /// In the order of their names.
  public var nodes: [Node]
  /// Wall time from the first pod's start.
  public var duration: Duration
  /// Records that arrived and were never written: always a mistake of the simulation.
  public var unknownRecords: Int
  /// What is unavoidable in this scenario; nil: nothing.
  public var allowance: String?
  /// Whether nothing was lost or duplicated that the scenario does not allow.
  public var isGood: Bool
  /// Where duplicates came from; empty in a simulation within this process, which does not trace them.
  public var duplicateOrigins: [DuplicateOrigin] = []
  /// What the nodes' pods did to the API server; only of a simulation within this process.
  public var fleetFigures: FleetFigures?
  /// What happened when.
  var record: RunRecord
  /// What somebody should know: restarts, losses in detail, where logs are.
  public var notes: [String]

  /// How often the log backend was taken away.
  public var backendOutages: Int { record.backendOutages.count }

  /// All nodes together; nil figures where one node's is unknown.
  public var total: Node {
    func sum(_ value: (Node) -> Int) -> Int { nodes.reduce(0) { $0 + value($1) } }
    func sum(_ value: (Node) -> Int?) -> Int? {
      nodes.reduce(0 as Int?) { total, node in total.flatMap { sum in value(node).map { sum + $0 } }
      }
    }
    return Node(
      name: "total", written: sum(\.written), delivered: sum(\.delivered),
      duplicated: sum(\.duplicated), lost: sum(\.lost), patches: sum(\.patches),
      patchBytes: sum(\.patchBytes), lives: sum(\.lives))
  }

  /// For machines.
  public var json: JSONValue {
    var json: JSONValue = [
      "scenario": .string(scenario),
      "nodes": .array(nodes.map(Self.json)),
      "total": Self.json(total),
      "seconds": .number(
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18),
      "unknownRecords": .integer(unknownRecords),
      "allowance": allowance.map { .string($0) } ?? .null,
      "good": .bool(isGood),
      "notes": .array(notes.map { .string($0) }),
    ]
    if backendOutages > 0 { json["backendOutages"] = .integer(backendOutages) }
    if let fleetFigures { json["apiServer"] = fleetFigures.json }
    if !duplicateOrigins.isEmpty {
      json["duplicates"] = .array(
        duplicateOrigins.map { origin in
          [
            "node": .string(origin.node), "collector": .integer(origin.collector),
            "cause": .string(origin.cause.rawValue), "records": .integer(origin.records),
          ]
        })
    }
    return json
  }

  private static func json(_ node: Node) -> JSONValue {
    [
      "name": .string(node.name), "written": .integer(node.written),
      "delivered": .integer(node.delivered), "duplicated": .integer(node.duplicated),
      "lost": .integer(node.lost), "lives": .integer(node.lives),
      "patches": node.patches.map { .integer($0) } ?? .null,
      "patchBytes": node.patchBytes.map { .integer($0) } ?? .null,
    ]
  }
}
