internal import FilelogSystemCalls
internal import OffsetSync

/// What surrounds a sidecar's loop in virtual time: the clock, chance, signals.
final class VirtualHostEnvironment: HostEnvironment {
  private let thread: VirtualThread
  private let time: VirtualTime
  var deadline: Duration?
  var random: any RandomNumberGenerator
  private var stop = Stop.none
  /// Time that passed for a killed thread alone: so much at each of its sleeps that whatever it waits for
  /// is over after one. With thousands of pods, many looks of each would take minutes.
  private var ownTime = Duration.zero

  private enum Stop { case none, requested, taken }

  init(_ thread: VirtualThread, _ time: VirtualTime, random: SeededRandom, bootID: String) {
    self.bootID = bootID
    self.thread = thread
    self.time = time
    self.random = random
  }

  var now: Duration { time.now + ownTime }

  var wallClock: Duration? { VirtualTime.epoch + now }

  let bootID: String?

  var isStopRequested: Bool { stop == .requested }

  /// SIGTERM.
  func requestStop() {
    guard stop == .none else { return }
    stop = .requested
    _ = thread.interrupt()
  }

  func wait(until end: Duration) -> Wake {
    if stop != .requested, !thread.isKilled {
      _ = thread.sleep(until: end, isInterruptible: true)
    }
    if stop == .requested || thread.isKilled {
      stop = .taken
      return .stop
    }
    return .time
  }

  func sleep(_ duration: Duration) {
    if thread.isKilled {
      ownTime += max(duration, .seconds(3600))
    } else {
      _ = thread.sleep(until: time.now + max(.zero, duration))
    }
  }
}
