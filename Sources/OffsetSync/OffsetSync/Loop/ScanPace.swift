/// How often receivers are followed between two stores, while offsets move that are not confirmed
/// yet. A confirmation needs a content and a later write: a peek, which costs next to nothing, finds
/// the write, and a scan the content.
struct ScanPace {
  /// A receiver commits every 200 ms by default.
  private static let shortest = Duration.milliseconds(200)
  /// One that stands still, during an outage for instance, is peeked at less and less often.
  private static let longest = Duration.seconds(1)
  /// A scan takes at most 2 % of the time.
  private static let scanShare = 50

  private(set) var nextPeek = Duration.zero
  private var interval = shortest
  private var nextAllowedScan = Duration.zero

  /// - Parameter cost: how long the scan took.
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

  func allowsScan(at now: Duration) -> Bool { now >= nextAllowedScan }
}
