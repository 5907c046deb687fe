internal import FilelogContract
public import FilelogJSON
internal import FilelogText

/// What came of a simulation.
public struct RunResult: Sendable {
  /// What happened on one node, over all generations of its pod.
  public struct Node: Sendable {
    /// The node's name.
    public var name: String
    /// Records that applications wrote.
    public var written: Int
    /// Records that arrived, each counted once.
    public var delivered: Int
    /// Arrivals beyond each record's first.
    public var duplicated: Int
    /// Records that never arrived; nil of a run that was interrupted, which cannot tell them from
    /// those on their way.
    public var lost: Int?
    /// Writes of snapshots to the API server; nil where the server is not ours and does not tell.
    public var patches: Int?
    /// Bytes of those requests' bodies.
    public var patchBytes: Int?
    /// Pods that ran on the node.
    public var podGenerations: Int

    /// Records that have not arrived: lost ones or, of a run that was interrupted, whatever becomes of
    /// them.
    public var missing: Int { lost ?? written - delivered }
  }

  /// The name of what was played.
  public var scenario: String
  /// On what it was played, a line each.
  public var setup: [String]
  /// In the order of their names.
  public var nodes: [Node]
  /// Wall time from the first pod's start.
  public var duration: Duration
  /// Records that arrived and were never written: always a mistake of the simulation.
  public var unknownRecords: Int
  /// The losses and duplicates that this scenario explains; nil: none.
  var expectedLoss: ExpectedLoss?
  /// Whether nothing was lost or duplicated beyond what the scenario explains.
  public var isGood: Bool
  /// Whether the user ended it before its end.
  public private(set) var isInterrupted = false
  /// Where duplicates came from; empty in a simulation within this process, which does not trace them.
  public var duplicateOrigins: [DuplicateOrigin] = []
  /// Stores that the offsets map had no room for; nil without any, or where nothing tells.
  public var mapRefusals: MapRefusals?
  /// What the nodes' pods did to the API server; only of a simulation within this process.
  public var fleetFigures: FleetFigures?
  /// What happened when.
  var record: RunRecord
  /// What is worth knowing beside the figures: restarts, losses in detail, where logs are.
  public var notes: [String]

  /// The losses and duplicates that this scenario explains, in words; nil: none.
  public var expectedLossText: String? {
    expectedLoss.map { expected in
      let parts = [(expected.lost, "lost"), (expected.duplicated, "duplicated")].filter { $0.0 > 0 }
      let counts = parts.map { "\($0.0.grouped) \($0.1)" }
      return
        "at most \(counts.isEmpty ? "none" : counts.joined(separator: ", ")): \(expected.reason)"
    }
  }

  /// Makes it that of a simulation that the user ended, of which it is known what arrived, and not what
  /// is lost.
  /// - Parameter overtaken: records that have not arrived while later ones of their log file have.
  mutating func interrupt(overtaken: Int) {
    isInterrupted = true
    isGood = false
    for index in nodes.indices { nodes[index].lost = nil }
    record.faults.removeAll { $0.kind == .lost }
    guard overtaken > 0 else { return }
    notes.insert(
      "\(overtaken.grouped) of the records that had not arrived stand before others of their log file "
        + "that had", at: 0)
  }

  /// `41 of 2,300 records had not arrived`: of a run that was interrupted.
  public var missing: String {
    "\(total.missing.grouped) of \(total.written.grouped) records had not arrived"
  }

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
      patchBytes: sum(\.patchBytes), podGenerations: sum(\.podGenerations))
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
      "expected": expectedLoss.map { expected in
        [
          "lost": .integer(expected.lost), "duplicated": .integer(expected.duplicated),
          "because": .string(expected.reason),
        ]
      } ?? .null,
      "good": .bool(isGood),
      "notes": .array(notes.map { .string($0) }),
    ]
    if isInterrupted {
      json["interrupted"] = true
      json["missing"] = .integer(total.missing)
    }
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
      "lost": node.lost.map { .integer($0) } ?? .null,
      "podGenerations": .integer(node.podGenerations),
      "patches": node.patches.map { .integer($0) } ?? .null,
      "patchBytes": node.patchBytes.map { .integer($0) } ?? .null,
    ]
  }
}

/// Stores that were refused because the offsets map had no room.
public struct MapRefusals: Hashable, Sendable {
  /// How many.
  public var stores: Int
  /// Of which nodes, in order.
  public var nodes: [String]

  /// In words, without what would help.
  public var text: String {
    "no room: \(stores.grouped) stores of \(nodes.count) nodes were refused "
      + "(\(nodes.prefix(5).joined(separator: ", "))\(nodes.count > 5 ? ", …" : "")), because a "
      + "config map holds \(Contract.configMapLimit.grouped) bytes"
  }
}
