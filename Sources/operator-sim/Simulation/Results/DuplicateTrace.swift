/// What passed from one collector of a node to the next.
struct Handover {
  var node: String
  /// When the next one started.
  var time: ContinuousClock.Instant
  /// What it found on its volume, and so goes on from; nil when that could not be read.
  var found: CollectorOffsets?
  /// When the collector before it was asked to stop, and what it had committed by then; nil where
  /// it died.
  var stop: Stop?

  struct Stop {
    var time: ContinuousClock.Instant
    var committed: CollectorOffsets?
  }
}

/// Finds out where duplicates came from: which handover let a record be read again, and what was
/// known of the record then.
struct DuplicateTrace {
  /// In the order of their times.
  let handovers: [Handover]
  let backendOutages: [ClosedRange<ContinuousClock.Instant>]

  /// The origins of records that arrived again: by node, collector and cause.
  func origins(_ repetitions: [Ledger.Repetition]) -> [DuplicateOrigin] {
    var counts: [DuplicateOrigin: Int] = [:]
    for repetition in repetitions {
      for sequence in repetition.sequences {
        counts[origin(of: sequence, repetition), default: 0] += 1
      }
    }
    let causes = DuplicateCause.allCases
    return counts.map { origin, records in
      var origin = origin
      origin.records = records
      return origin
    }.sorted { one, other in
      func rank(_ origin: DuplicateOrigin) -> (String, Int, Int) {
        (origin.node, origin.collector, causes.firstIndex(of: origin.cause) ?? 0)
      }
      return rank(one) < rank(other)
    }
  }

  private func origin(of sequence: Int, _ repetition: Ledger.Repetition) -> DuplicateOrigin {
    let file = repetition.file
    let own = handovers.filter { $0.node == file.node }
    let collector = max(1, own.count { $0.time <= repetition.first })
    let between = own.filter { $0.time > repetition.first && $0.time <= repetition.time }
    // A later handover may go back where an earlier one did not.
    let handover = between.first { handover in
      handover.found.map { sequence >= $0.records[file] ?? 0 } ?? true
    }
    let cause: DuplicateCause =
      if let handover {
        handover.found == nil ? .unexplained : cause(of: sequence, repetition, handover)
      } else {
        between.isEmpty ? .sentTwice : .unexplained
      }
    return DuplicateOrigin(node: file.node, collector: collector, cause: cause, records: 0)
  }

  private func cause(
    of sequence: Int, _ repetition: Ledger.Repetition, _ handover: Handover
  ) -> DuplicateCause {
    guard let stop = handover.stop else { return .died }
    guard let committed = stop.committed else { return .unexplained }
    if sequence < committed.records[repetition.file] ?? 0 { return .notStored }
    if repetition.first > stop.time { return .afterStop }
    let began = committed.lastCommit ?? repetition.first
    return backendOutages.contains { $0.upperBound >= began && $0.lowerBound <= stop.time }
      ? .heldUpPoll : .cutPoll
  }
}
