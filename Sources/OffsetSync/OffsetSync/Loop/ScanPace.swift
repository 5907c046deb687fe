/// How often receivers are followed between two stores, while offsets move that are not confirmed
/// yet. A confirmation needs a content and what follows it: a peek, which costs next to nothing, finds
/// that something does, and a scan what it is.
struct ScanPace {
  /// A receiver commits every 200 ms by default.
  private static let shortest = Duration.milliseconds(200)
  /// One that stands still, during an outage for instance, is peeked at less and less often.
  private static let longest = Duration.seconds(1)
  /// Scans take at most 2 % of a processor.
  private static let scanShare = 50

  private(set) var nextPeek = Duration.zero
  private var interval = shortest
  private var nextAllowedScan = Duration.zero

  /// - Parameter cost: of the scan, see ``VolumeScan/cost``.
  mutating func scanned(began: Duration, cost: Duration, at now: Duration) {
    nextAllowedScan = began + cost * Self.scanShare
    interval = Self.shortest
    nextPeek = max(now + interval, nextAllowedScan)
  }

  /// - Parameter cost: what was made of the last scan took that long besides.
  mutating func add(cost: Duration) {
    nextAllowedScan += cost * Self.scanShare
    nextPeek = max(nextPeek, nextAllowedScan)
  }

  mutating func peeked(hasMoved: Bool, at now: Duration) {
    interval = hasMoved ? Self.shortest : min(interval * 2, Self.longest)
    nextPeek = hasMoved ? max(now + interval, nextAllowedScan) : now + interval
  }

  /// When to scan next while nothing moves.
  func nextIdleScan(at now: Duration) -> Duration { max(now + Self.longest, nextAllowedScan) }

  func allowsScan(at now: Duration) -> Bool { now >= nextAllowedScan }
}
