/// How soon an object may be repaired again: at once after a slip, ever more slowly when
/// something else insists. Two managers that set the same field in turn would otherwise write for
/// ever, and roll out every pod each time.
struct RepairPace {
  /// So many repairs are made at once.
  private static let promptRepairs = 3
  private static let firstWait = Duration.seconds(2)
  private static let longestWait = Duration.seconds(300)
  /// What was longer ago has nothing to do with it. Longer than any wait, or a fight would be
  /// forgotten while it goes on.
  private static let memory = Duration.seconds(900)

  private(set) var repairs = 0
  private var last: Duration?
  private var notBefore = Duration.zero

  func allowsRepair(at now: Duration) -> Bool { now >= notBefore }

  /// After a repair.
  /// - Returns: how long the next one has to wait; nil when it need not.
  mutating func repaired(at now: Duration) -> Duration? {
    if let last, now - last > Self.memory { repairs = 0 }
    repairs += 1
    last = now
    guard repairs >= Self.promptRepairs else { return nil }
    var wait = Self.firstWait
    for _ in Self.promptRepairs..<repairs where wait < Self.longestWait {
      wait = min(wait * 2, Self.longestWait)
    }
    notBefore = now + wait
    return wait
  }

  /// After a repair that was refused.
  mutating func failed(at now: Duration, wait: Duration) {
    notBefore = now + wait
  }
}
