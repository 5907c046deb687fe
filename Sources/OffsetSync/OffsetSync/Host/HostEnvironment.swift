/// What surrounds a container's work: time, chance, the machine, and the wish that it stop.
public protocol HostEnvironment: AnyObject {
  /// Time since some fixed moment; never goes back.
  var now: Duration { get }

  /// Time that a processor worked for this process, since some fixed moment.
  var processorTime: Duration { get }

  /// What file systems stamp files with: time since 1970, which may jump; nil when unknown.
  var wallClock: Duration? { get }

  /// Another text after each start of the machine; nil when unknown. What was written to a volume
  /// before the machine started may have been torn by a power cut.
  var bootID: String? { get }

  /// Sleeps until then, or until the program is asked to stop, whichever comes first.
  func wait(until: Duration) -> Wake

  /// Sleeps its full time. A wish to stop that comes meanwhile waits for the next
  /// ``wait(until:)``.
  func sleep(_ duration: Duration)

  /// Whether ``wait(until:)`` would return ``Wake/stop`` at once, for the first time: a reason to give
  /// up what takes long.
  var isStopRequested: Bool { get }

  /// When the wish to stop was first noticed, if it was noticed before ``wait(until:)`` returned.
  var stopNoticed: Duration? { get }

  /// After this moment nothing is of use any more; nil while there is no such moment. Requests to
  /// the API server do not outlast it.
  var deadline: Duration? { get set }

  /// Where all chance comes from.
  var random: any RandomNumberGenerator { get set }
}

/// What ended a wait.
public enum Wake: Hashable, Sendable {
  /// The moment that was waited for has come.
  case time
  /// SIGTERM or SIGINT came.
  case stop
}

extension HostEnvironment {
  public var stopNoticed: Duration? { nil }

  /// Where nothing else is known, all time that passes is worked.
  public var processorTime: Duration { now }

  /// What work cost that began at these times: what a processor worked, which does not grow with what
  /// others want of it; or a tenth of the time where that is more, so as not to keep a slow disk busy. Of
  /// a time that is long for once, because the machine stood still, no more than 20 ms.
  func cost(since began: (time: Duration, processorTime: Duration)) -> Duration {
    max(
      processorTime - began.processorTime, min((now - began.time) / 10, .milliseconds(20)))
  }

  func wait(_ duration: Duration) -> Wake { wait(until: now + duration) }

  /// What one request to the API server may take; nil for as long as it likes. Half of the time that
  /// is left: a kept connection may be dead without a sign of it, and must not eat the
  /// time of the attempt after it.
  var timeForOneRequest: Duration? {
    deadline.map { deadline in
      let rest = deadline - now
      return rest > .seconds(2) ? rest / 2 : rest
    }
  }
}
