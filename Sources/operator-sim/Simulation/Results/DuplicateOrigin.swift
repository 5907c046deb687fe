internal import FilelogText

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
public struct DuplicateOrigin: Hashable, Sendable {
  /// The node.
  public var node: String
  /// Which collector of the node delivered them first, counted from 1.
  public var collector: Int
  /// Why they came again.
  public var cause: DuplicateCause
  /// Arrivals beyond each record's first.
  public var records: Int
}

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
    let parts = causes.map { "\($0.records.grouped) \($0.cause.text)" }
    let count = total.duplicated
    let records = count == 1 ? "1 record" : "\(count.grouped) records"
    return "\(records) came again; delivered first: "
      + parts.joined(separator: ", ")
  }
}
