/// Why records arrived again: what the simulation can know of it.
public enum DuplicateCause: String, CaseIterable, Sendable {
  /// The stop cut a poll short that had begun before or during an outage of the backend: all that
  /// piled up meanwhile belongs to that one poll, whose checkpoint comes when it ends.
  case heldUpPoll
  /// The stop cut a poll short, whose checkpoint would have come at its end.
  case cutPoll
  /// The collector went on delivering after its pod was asked to stop.
  case afterStop
  /// The collector had committed a checkpoint behind them, which was not stored.
  case notStored
  /// The pod died, after what was stored last.
  case died
  /// One collector sent them twice.
  case sentTwice
  /// None of these.
  case unexplained

  /// What the records have in common, to follow "delivered first".
  public var text: String {
    switch self {
    case .heldUpPoll: "in a poll that an outage had held up and the stop cut short"
    case .cutPoll: "in a poll that the stop cut short"
    case .afterStop: "after the pod was asked to stop"
    case .notStored: "before a checkpoint that was not yet stored"
    case .died: "by a pod that died, after the last checkpoint stored"
    case .sentTwice: "by the collector that sent them again"
    case .unexplained: "for a reason that is not known"
    }
  }
}

/// Records that one pod delivered, and that were delivered again.
public struct DuplicateOrigin: Equatable, Sendable {
  /// The node.
  public var node: String
  /// Which collector of the node delivered them first, counted from 1.
  public var collector: Int
  /// Why they came again.
  public var cause: DuplicateCause
  /// Arrivals beyond each record's first.
  public var records: Int
}

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

extension DuplicateOrigin: Hashable {}

extension RunResult {
  /// How many records arrived again, by cause; causes without any are left out.
  public var duplicateCauses: [(cause: DuplicateCause, records: Int)] {
    DuplicateCause.allCases.compactMap { cause in
      let records = duplicateOrigins.filter { $0.cause == cause }.reduce(0) { $0 + $1.records }
      return records > 0 ? (cause, records) : nil
    }
  }

  /// `402 records came again; delivered first: 300 in a poll …, 102 before …`; nil when none did or
  /// nothing is known.
  public var duplicateText: String? {
    let causes = duplicateCauses
    guard !causes.isEmpty else { return nil }
    let parts = causes.map { "\(ResultTable.grouped($0.records)) \($0.cause.text)" }
    let count = total.duplicated
    let records = count == 1 ? "1 record" : "\(ResultTable.grouped(count)) records"
    return "\(records) came again; delivered first: "
      + parts.joined(separator: ", ")
  }
}
