public import Glibc

/// The signals that end a program, taken synchronously by the thread that waits for them.
///
/// They wait until they are taken, also when this is a container's first process, for which they
/// would do nothing else. Make one before anything else: threads inherit that the signals are blocked.
public final class TerminationSignals {
  private let numbers: [Int32]
  private var set: sigset_t
  /// One of the signals was taken.
  public private(set) var hasCome = false

  /// Blocks the signals for this thread and those that it starts.
  public init(_ numbers: [Int32] = [SIGTERM, SIGINT, SIGHUP]) {
    self.numbers = numbers
    set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Blocks the signals before there is an object that takes them, with nothing but the C library: for
  /// what a program does before its `main`.
  public static func blockEarly() {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGHUP)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Whether one of the signals waits to be taken.
  public var isPending: Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return numbers.contains { sigismember(&pending, $0) == 1 }
  }

  /// Takes one of the signals, waiting for it no longer than that.
  /// - Returns: its number; nil when none came in time.
  @discardableResult
  public func wait(upTo time: Duration) -> Int32? {
    let deadline = Duration(clock: CLOCK_MONOTONIC) + time
    while true {
      var rest = timespec(max(deadline - Duration(clock: CLOCK_MONOTONIC), .zero))
      let number = sigtimedwait(&set, nil, &rest)
      if number > 0 {
        hasCome = true
        return number
      }
      // EINTR: another signal was handled, time remains.
      if errno != EINTR { return nil }
    }
  }

  /// Returns when one of the signals has come.
  public func wait() {
    while !hasCome { wait(upTo: .seconds(3600)) }
  }

  /// Whether one of the signals has come by now.
  public func check() -> Bool {
    if !hasCome { wait(upTo: .zero) }
    return hasCome
  }
}
