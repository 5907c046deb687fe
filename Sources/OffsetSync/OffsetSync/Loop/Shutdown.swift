/// What to do next after SIGTERM, which the collector gets at the same moment and may act on late:
/// it goes on reading, and what it read without us would be read again by its successor.
struct Shutdown {
  enum Step: Hashable {
    /// Ask again after that time whether the collector is gone.
    case wait(Duration)
    /// Store what there is, and go on.
    case sync
    /// Store what there is, for the last time.
    case finish(collectorIsGone: Bool)
  }

  /// A collector that stops releases its databases within about 0.1 s.
  static let askInterval: Duration = .milliseconds(50)
  /// Free locks count when they are free twice: a collector that compacts a database closes it and
  /// opens it again within a millisecond.
  static let confirmationInterval: Duration = .milliseconds(10)

  let deadline: Duration
  let syncInterval: Duration
  private var nextSync: Duration
  /// When the locks were first found free; nil while they are held.
  private var freeSince: Duration?

  init(now: Duration, deadline: Duration, syncInterval: Duration) {
    self.deadline = now + deadline
    self.syncInterval = syncInterval
    // What it read until now is stored at once: the deadline may come sooner than we think.
    nextSync = now
  }

  mutating func step(now: Duration, locksAreFree: Bool) -> Step {
    freeSince = locksAreFree ? freeSince ?? now : nil
    if let freeSince, now - freeSince >= Self.confirmationInterval {
      return .finish(collectorIsGone: true)
    }
    if now >= deadline { return .finish(collectorIsGone: locksAreFree) }
    if freeSince == nil, now >= nextSync {
      nextSync = now + syncInterval
      return .sync
    }
    return .wait(untilNextStep(now))
  }

  /// How long to wait before the locks are asked for again.
  func untilNextStep(_ now: Duration) -> Duration {
    let pause = freeSince == nil ? Self.askInterval : Self.confirmationInterval
    return max(.zero, min(pause, deadline - now))
  }
}
