internal import Glibc
internal import SystemCalls

/// The machine and this process: the monotonic clock, and signals taken synchronously by the one thread.
public final class SystemHostEnvironment: HostEnvironment {
  private static let signals = [SIGTERM, SIGINT, SIGHUP]
  private var wasStopped = false
  public private(set) var stopNoticed: Duration?
  public var deadline: Duration?
  public var random: any RandomNumberGenerator = SystemRandomNumberGenerator()

  /// Blocks SIGTERM, SIGINT and SIGHUP for the process, so that they wait until ``wait(until:)`` takes them,
  /// also when this is the container's first process, for which they would do nothing else; and
  /// ignores SIGPIPE, so that a log nobody reads any more ends nothing. Call it before the first
  /// thread starts.
  public init() {
    var set = Self.signalSet
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  public var now: Duration { Self.read(CLOCK_MONOTONIC) }

  public var wallClock: Duration? { Self.read(CLOCK_REALTIME) }

  public var bootID: String? {
    guard
      let bytes = try? SystemCalls.host.content(
        of: "/proc/sys/kernel/random/boot_id", limit: 1024)
    else { return nil }
    let text = String(decoding: bytes.prefix { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  private static func read(_ clock: clockid_t) -> Duration {
    var time = timespec()
    clock_gettime(clock, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  public var isStopRequested: Bool {
    // A second signal changes nothing: what must still be done before the end is under way.
    guard !wasStopped else { return false }
    var pending = sigset_t()
    sigpending(&pending)
    guard Self.signals.contains(where: { sigismember(&pending, $0) == 1 }) else { return false }
    stopNoticed = stopNoticed ?? now
    return true
  }

  public func wait(until deadline: Duration) -> Wake {
    while true {
      var set = Self.signalSet
      var rest = Self.interval(deadline - now)
      if sigtimedwait(&set, nil, &rest) > 0 {
        wasStopped = true
        return .stop
      }
      // EINTR: another signal was handled, time remains.
      if errno == EAGAIN { return .time }
    }
  }

  public func sleep(_ duration: Duration) {
    let end = now + duration
    var rest = Self.interval(duration)
    while nanosleep(&rest, nil) != 0 && errno == EINTR { rest = Self.interval(end - now) }
  }

  private static func interval(_ duration: Duration) -> timespec {
    let (seconds, attoseconds) = max(.zero, duration).components
    return Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  }

  private static var signalSet: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}
