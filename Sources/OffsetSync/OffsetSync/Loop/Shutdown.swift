/// What to do next after SIGTERM, which the collector gets at the same moment and may act on late:
/// it goes on reading, and what it read without us would be read again by its successor.
struct Shutdown {
  enum Step: Hashable {
    /// Look again after that time whether the collector is gone.
    case wait(Duration)
    /// Store what there is, and go on.
    case sync
    /// Store what there is, for the last time.
    case finish(collectorIsGone: Bool)
  }

  /// A collector that stops releases its databases within about 0.1 s.
  static let lookInterval: Duration = .milliseconds(50)

  let deadline: Duration
  let syncInterval: Duration
  private var nextSync: Duration

  init(now: Duration, deadline: Duration, syncInterval: Duration) {
    self.deadline = now + deadline
    self.syncInterval = syncInterval
    // What it read until now is stored at once: the deadline may come sooner than we think.
    nextSync = now
  }

  mutating func step(now: Duration, collectorIsGone: Bool) -> Step {
    if collectorIsGone { return .finish(collectorIsGone: true) }
    if now >= deadline { return .finish(collectorIsGone: false) }
    if now >= nextSync {
      nextSync = now + syncInterval
      return .sync
    }
    return .wait(min(Self.lookInterval, deadline - now))
  }
}
