internal import Text

extension RunResult {
  /// Compares what was written with what arrived, once everything has ended.
  init(_ fleet: Fleet, undisturbed: [ClosedRange<Duration>], maxUnavailable: Int) {
    let end = fleet.time.now
    let options = fleet.options
    var patches = [Int](repeating: 0, count: fleet.nodes.count)
    var bytes = patches
    for request in fleet.api.requests where request.kind == .write {
      patches[request.node] += 1
      bytes[request.node] += request.bytes
    }
    nodes = fleet.nodes.map { node in
      let written = node.files.reduce(0) { $0 + $1.lines(at: end) }
      let delivered = node.files.reduce(0) { $0 + $1.deliveredCount }
      return Node(
        name: node.name, written: written, delivered: delivered,
        duplicated: node.files.reduce(0) { $0 + $1.duplicated }, lost: written - delivered,
        patches: patches[node.index], patchBytes: bytes[node.index], lives: node.lives)
    }
    scenario = options.plan.name
    surroundings = InProcessSimulation.notes
    duration = end
    unknownRecords = 0
    var record = fleet.record
    record.nodes = fleet.nodes.map(\.name)
    record.end = end
    record.parameters = RunRecord.parameters(options)
    record.parameters.append(("pods that a rollout replaces at once", String(maxUnavailable)))
    record.patches = fleet.api.requests.filter { $0.kind == .write }.prefix(Self.patchLimit).map {
      RunRecord.Patch(
        time: $0.time, node: fleet.nodes[$0.node].name, bytes: $0.bytes,
        isRefused: $0.status >= 400)
    }
    record.faults += Self.losses(fleet, end)
    self.record = record
    fleetFigures = FleetFigures(
      fleet.api.requests, unanswered: fleet.api.unanswered, undisturbed: undisturbed,
      outages: record.outages, end: end)
    let allowed = Allowance(options)
    allowance = allowed?.reason
    isGood = true
    notes = Self.notes(fleet, nodes)
    let total = self.total
    isGood =
      (total.lost == 0 || allowed?.lost == true)
      && (total.duplicated == 0 || allowed?.duplicated == true)
      && fleetFigures?.isSpread != false
  }

  /// Patches beyond this number are counted and not drawn.
  private static let patchLimit = 50_000

  private static func losses(_ fleet: Fleet, _ end: Duration) -> [RunRecord.Fault] {
    fleet.nodes.flatMap { node in
      node.files.flatMap { file in
        file.missing(of: file.lines(at: end)).map { range in
          RunRecord.Fault(
            time: file.writeTime(of: range.lowerBound), node: node.name, kind: .lost,
            records: range.count)
        }
      }
    }
  }

  /// The stores for which the offsets map had no room.
  private static func refusals(_ fleet: Fleet) -> String? {
    var stores = 0
    var nodes: Set<Int> = []
    for request in fleet.api.requests where request.kind == .write && request.status == 422 {
      stores += 1
      nodes.insert(request.node)
    }
    guard stores > 0 else { return nil }
    let names = nodes.sorted().prefix(5).map { fleet.nodes[$0].name }.joined(separator: ", ")
    return "no room: \(stores.grouped) stores of \(nodes.count) nodes were refused "
      + "(\(names)\(nodes.count > 5 ? ", …" : "")), because a config map holds "
      + "\(OffsetsMap.limit.grouped) bytes; with a map for each node there is room "
      + "(--layout perNode)"
  }

  /// The worst nodes, and what the containers logged as errors, each text once.
  private static func notes(_ fleet: Fleet, _ nodes: [Node]) -> [String] {
    let bad = nodes.filter { $0.lost + $0.duplicated > 0 }
    var notes = bad.prefix(10).map {
      "\($0.name): written \($0.written), lost \($0.lost), duplicated \($0.duplicated)"
    }
    if bad.count > 10 { notes.append("and \(bad.count - 10) more nodes") }
    if let refusals = refusals(fleet) { notes.append(refusals) }
    var complaints: [String: (nodes: Int, example: String, text: String)] = [:]
    for node in fleet.nodes {
      for (container, complaint) in node.complaints.sorted(by: { $0.key < $1.key }) {
        // What differs from node to node is behind the first colon.
        let kind = container + ": " + complaint.first.prefix { $0 != ":" }
        complaints[kind, default: (0, node.name, complaint.first)].nodes += 1
      }
    }
    for (kind, found) in complaints.sorted(by: { $0.key < $1.key }).prefix(10) {
      let container = kind.prefix { $0 != ":" }
      notes.append(
        "\(found.nodes) nodes: \(container) logged errors, on \(found.example) first: "
          + found.text)
    }
    return notes
  }
}
