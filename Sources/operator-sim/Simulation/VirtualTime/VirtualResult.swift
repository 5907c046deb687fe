extension VirtualFleet {
  /// Compares what was written with what arrived, once everything has ended.
  /// - Parameter isInterrupted: whether that was before the scenario's end.
  func result(isInterrupted: Bool = false) -> RunResult {
    let end = time.now
    var patches = [Int](repeating: 0, count: nodes.count)
    var bytes = patches
    for request in api.requests where request.kind == .write {
      patches[request.node] += 1
      bytes[request.node] += request.bytes
    }
    let rows = nodes.map { node in
      RunResult.Node(
        name: node.name, written: node.files.reduce(0) { $0 + $1.records(at: end) },
        delivered: node.files.reduce(0) { $0 + $1.deliveredCount },
        duplicated: node.files.reduce(0) { $0 + $1.duplicated },
        lost: node.files.reduce(0) { $0 + $1.missingCount(in: 0..<$1.lines(at: end)) },
        patches: patches[node.index], patchBytes: bytes[node.index],
        podGenerations: node.podGenerations)
    }
    let record = completed(end)
    let figures = FleetFigures(
      api.requests, unanswered: api.unanswered, undisturbed: record.undisturbed,
      outages: record.outages, end: end)
    var result = RunResult(
      scenario: options.plan.name, setup: VirtualSimulation.notes, nodes: rows, duration: end,
      unknownRecords: 0, expectedLoss: ExpectedLoss(options, record.gaps), isGood: false,
      record: record, notes: Self.notes(self, rows, isInterrupted))
    result.fleetFigures = figures
    result.mapRefusals = refusals
    result.isGood = record.isExpected(rows, options) && figures.isSpread
    if isInterrupted {
      let files = nodes.flatMap(\.files)
      result.interrupt(
        overtaken: files.reduce(0) {
          $0 + $1.missingCount(in: 0..<($1.delivered.last?.upperBound ?? 0))
        })
    }
    return result
  }

  private func completed(_ end: Duration) -> RunRecord {
    var record = record
    record.nodes = nodes.map(\.name)
    record.end = end
    record.outages = record.outages.map { $0.clamped(to: .zero...end) }
    record.parameters = RunRecord.parameters(options)
    record.parameters.append(("pods that a rollout replaces at once", String(maxUnavailable)))
    record.patches = api.requests.filter { $0.kind == .write }.prefix(Self.patchLimit).map {
      RunRecord.Patch(
        time: $0.time, node: nodes[$0.node].name, bytes: $0.bytes, isRefused: $0.status >= 400)
    }
    record.faults += Self.losses(self, end)
    return record
  }

  /// Patches beyond this number are counted and not drawn.
  private static let patchLimit = 50_000

  private static func losses(_ fleet: VirtualFleet, _ end: Duration) -> [RunRecord.Fault] {
    fleet.nodes.flatMap { node in
      node.files.flatMap { file in
        file.missing(of: file.lines(at: end)).map { range in
          RunRecord.Fault(
            time: file.writeTime(of: range.lowerBound), node: node.name, kind: .lost,
            records: file.style.records(range))
        }
      }
    }
  }

  /// The stores for which the offsets map had no room.
  private var refusals: MapRefusals? {
    var stores = 0
    var refused: Set<Int> = []
    for request in api.requests where request.kind == .write && request.status == 422 {
      stores += 1
      refused.insert(request.node)
    }
    return stores == 0
      ? nil : MapRefusals(stores: stores, nodes: refused.sorted().map { nodes[$0].name })
  }

  /// The worst nodes, and what the containers logged as errors, each text once.
  private static func notes(
    _ fleet: VirtualFleet, _ nodes: [RunResult.Node], _ isInterrupted: Bool
  ) -> [String] {
    let bad = nodes.filter { (isInterrupted ? 0 : $0.missing) + $0.duplicated > 0 }
    var notes = bad.prefix(10).map {
      "\($0.name): written \($0.written)\(isInterrupted ? "" : ", lost \($0.missing)"), "
        + "duplicated \($0.duplicated)"
    }
    if bad.count > 10 { notes.append("and \(bad.count - 10) more nodes") }
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
