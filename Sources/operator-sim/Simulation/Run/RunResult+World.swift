internal import JSON

extension RunResult {
  /// Compares what was written with what arrived, once nothing is on its way any more.
  init(_ world: World, surroundings: [String], traffic: Traffic?, duration: Duration) {
    let counts = world.ledger.counts
    nodes = world.nodes.map { node in
      let count = counts.filter { $0.key.node == node.name }.values.reduce(Ledger.Count(), +)
      let sent = traffic?.count(node: node.name)
      return Node(
        name: node.name, written: count.written, delivered: count.delivered,
        duplicated: count.duplicated, lost: count.lost, patches: sent?.patches,
        patchBytes: sent?.patchBytes, lives: node.lives)
    }
    scenario = world.options.plan.name
    self.surroundings = surroundings
    record = RunRecord(world, traffic: traffic)
    self.duration = duration
    unknownRecords = world.ledger.unknown
    duplicateOrigins = world.duplicateTrace.origins(world.ledger.repetitions)
    let allowed = Allowance(world.options)
    allowance = allowed?.reason
    let total = world.ledger.total
    isGood =
      unknownRecords == 0 && (total.lost == 0 || allowed?.lost == true)
      && (total.duplicated == 0 || allowed?.duplicated == true)
    notes =
      Self.losses(counts, world.ledger) + Self.unexpectedExits(world)
      + SidecarComplaints.notes(of: world.nodes)
    if let duplicateText { notes.append(duplicateText) }
  }

  /// Which records of which file did not arrive or arrived more than once, the first twenty files.
  private static func losses(
    _ counts: [RecordIdentity.File: Ledger.Count], _ ledger: Ledger
  ) -> [String] {
    let bad = counts.filter { $0.value.lost > 0 || $0.value.duplicated > 0 }.sorted {
      $0.key < $1.key
    }
    var notes = bad.prefix(20).map { file, count in
      let ranges = ledger.missing(in: file).prefix(5).map { range in
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
      }
      let lost = count.lost > 0 ? ", lost \(count.lost) (\(ranges.joined(separator: ", ")))" : ""
      let duplicated = count.duplicated > 0 ? ", duplicated \(count.duplicated)" : ""
      return "\(file.node) file \(file.number): written \(count.written)\(lost)\(duplicated)"
    }
    if bad.count > 20 { notes.append("and \(bad.count - 20) more files") }
    return notes
  }

  private static func unexpectedExits(_ world: World) -> [String] {
    world.timeline.entries.compactMap { entry in
      guard case .container(.exited(let container, let exit, expected: false)) = entry.event,
        let node = world.nodes.first(where: { $0.name == entry.node })
      else { return nil }
      return "\(entry.node): container \(container) ended with \(exit); its output is in "
        + node.logPath(of: container)
    }
  }
}
