import Glibc

/// SIGINT and SIGTERM, taken synchronously by the thread that waits for them.
///
/// Make one before the first other thread starts: threads inherit that the signals are blocked.
final class TerminationSignals {
  private var set: sigset_t
  /// One of the signals has come.
  private(set) var hasCome = false

  init() {
    set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Returns when one of the signals has come.
  func wait() {
    var signal: Int32 = 0
    while !hasCome {
      hasCome = sigwait(&set, &signal) == 0
    }
  }

  /// Returns when one of the signals has come, or after that time.
  func wait(upTo time: Duration) {
    let deadline = ContinuousClock.now + time
    while !hasCome {
      let (seconds, attoseconds) = max(deadline - .now, .zero).components
      var rest = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
      if sigtimedwait(&set, nil, &rest) > 0 {
        hasCome = true
      } else if errno == EAGAIN {
        return
      }
    }
  }

  /// Whether one of the signals has come by now.
  func check() -> Bool {
    wait(upTo: .zero)
    return hasCome
  }
}
