/// What happened when, for the report and for explaining what went wrong.
struct Timeline {
  struct Entry {
    /// Since the simulation began.
    var time: Duration
    var node: String
    var event: Event
  }

  enum Event: Equatable {
    case podStarted
    case podReady
    case podStopping
    case podEnded
    case outageBegan
    case outageEnded
    case container(PodRun.Event)
  }

  let start = ContinuousClock.now
  private(set) var entries: [Entry] = []

  var elapsed: Duration { ContinuousClock.now - start }

  /// The time of something that happened, since the simulation began.
  func offset(of instant: ContinuousClock.Instant) -> Duration { instant - start }

  mutating func add(_ event: Event, node: String) {
    entries.append(Entry(time: elapsed, node: node, event: event))
  }
}
