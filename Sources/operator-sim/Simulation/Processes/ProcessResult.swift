internal import FilelogJSON

extension ProcessFleet {
  /// Compares what was written with what arrived, once nothing is on its way any more or the user has
  /// interrupted the simulation.
  func result(setup: [String], traffic: Traffic?, isInterrupted: Bool) -> RunResult {
    let counts = ledger.counts
    let rows = nodes.map { node in
      let count = counts.filter { $0.key.node == node.name }.values.reduce(Ledger.Count(), +)
      let sent = traffic?.count(node: node.name)
      return RunResult.Node(
        name: node.name, written: count.written, delivered: count.delivered,
        duplicated: count.duplicated, lost: ledger.lost(on: node.name), patches: sent?.patches,
        patchBytes: sent?.patchBytes, podGenerations: node.podGenerations)
    }
    let violations = nodes.flatMap(\.memoryViolations)
    var result = RunResult(
      scenario: options.plan.name, setup: setup, nodes: rows, duration: now,
      unknownRecords: ledger.unknown, expectedLoss: ExpectedLoss(options, record.gaps),
      isGood: ledger.unknown == 0 && violations.isEmpty && record.isExpected(rows, options),
      duplicateOrigins: duplicateTrace.origins(ledger.repetitions), record: completed(traffic),
      notes: violations + losses(counts, isInterrupted) + unexpectedExits() + complaints())
    if let text = result.duplicateText { result.notes.append(text) }
    if isInterrupted { result.interrupt(overtaken: ledger.overtaken) }
    return result
  }

  private func completed(_ traffic: Traffic?) -> RunRecord {
    var record = record
    record.nodes = nodes.map(\.name)
    record.end = now
    record.parameters = RunRecord.parameters(options)
    record.backendOutages = record.backendOutages.map { outage in
      outage.lowerBound...max(outage.lowerBound, min(record.end, outage.upperBound))
    }
    record.patches = (traffic?.patches ?? []).map { patch in
      RunRecord.Patch(
        time: patch.time - start, node: patch.node, bytes: patch.bytes,
        isRefused: patch.status >= 400)
    }
    record.faults = duplicates() + lostRecords()
    return record
  }

  private func duplicates() -> [RunRecord.Fault] {
    var faults: [RunRecord.Fault] = []
    for repetition in ledger.repetitions {
      let time = repetition.time - start
      let node = repetition.file.node
      // One mark for each request.
      if let last = faults.last, last.time == time, last.node == node {
        faults[faults.count - 1].records += repetition.sequences.count
      } else {
        faults.append(
          .init(time: time, node: node, kind: .duplicated, records: repetition.sequences.count))
      }
    }
    return faults
  }

  private func lostRecords() -> [RunRecord.Fault] {
    ledger.counts.filter { $0.value.lost > 0 }.keys.sorted().flatMap { file in
      ledger.missing(in: file).prefix(1000).compactMap { range in
        ledger.writeTime(of: range.lowerBound, in: file).map { time in
          .init(time: time - start, node: file.node, kind: .lost, records: range.count)
        }
      }
    }
  }

  /// Which records of which file did not arrive or arrived more than once, the first twenty files.
  private func losses(
    _ counts: [RecordIdentity.File: Ledger.Count], _ isInterrupted: Bool
  ) -> [String] {
    func lost(_ count: Ledger.Count) -> Int { isInterrupted ? 0 : count.lost }
    let bad = counts.filter { lost($0.value) > 0 || $0.value.duplicated > 0 }.sorted {
      $0.key < $1.key
    }
    var notes = bad.prefix(20).map { file, count in
      let ranges = ledger.missing(in: file).prefix(5).map { range in
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
      }
      let lost = lost(count) > 0 ? ", lost \(count.lost) (\(ranges.joined(separator: ", ")))" : ""
      let duplicated = count.duplicated > 0 ? ", duplicated \(count.duplicated)" : ""
      return "\(file.node) file \(file.number): written \(count.written)\(lost)\(duplicated)"
    }
    if bad.count > 20 { notes.append("and \(bad.count - 20) more files") }
    return notes
  }

  private func unexpectedExits() -> [String] {
    record.crashes.compactMap { crash in
      nodes.first { $0.name == crash.node }.map { node in
        "\(crash.node): container \(crash.text); its output is in "
          + node.logPath(of: crash.container)
      }
    }
  }

  private func complaints() -> [String] {
    SidecarComplaints.notes(of: nodes.map { ($0.name, $0.logPath) })
  }
}
