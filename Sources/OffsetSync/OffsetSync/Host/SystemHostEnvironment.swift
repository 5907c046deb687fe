public import FilelogSystemCalls
internal import Glibc

/// The machine and this process: the monotonic clock, and signals taken synchronously by the one thread.
public final class SystemHostEnvironment: HostEnvironment {
  private let signals: TerminationSignals
  public private(set) var stopNoticed: Duration?
  public var deadline: Duration?
  public var random: any RandomNumberGenerator = SystemRandomNumberGenerator()

  /// Takes the signals from now on, and ignores SIGPIPE, so that a log that is read no more ends
  /// nothing.
  /// - Parameter signals: blocked before the first thread started; made now where nil.
  public init(signals: TerminationSignals? = nil) {
    self.signals = signals ?? TerminationSignals()
    signal(SIGPIPE, SIG_IGN)
  }

  public var now: Duration { Duration(clock: CLOCK_MONOTONIC) }

  public var processorTime: Duration { Duration(clock: CLOCK_PROCESS_CPUTIME_ID) }

  public var wallClock: Duration? { Duration(clock: CLOCK_REALTIME) }

  public var bootID: String? {
    guard
      let bytes = try? SystemCalls.host.content(
        of: "/proc/sys/kernel/random/boot_id", limit: 1024)
    else { return nil }
    let text = String(decoding: bytes.prefix { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  public var isStopRequested: Bool {
    // A second signal changes nothing: what must still be done before the end is under way.
    guard !signals.hasCome, signals.isPending else { return false }
    stopNoticed = stopNoticed ?? now
    return true
  }

  public func wait(until deadline: Duration) -> Wake {
    signals.wait(upTo: deadline - now) == nil ? .time : .stop
  }

  public func sleep(_ duration: Duration) {
    let end = now + duration
    var rest = Glibc.timespec(max(.zero, duration))
    while nanosleep(&rest, nil) != 0 && errno == EINTR {
      rest = Glibc.timespec(max(.zero, end - now))
    }
  }
}
