internal import Glibc

/// Signals taken synchronously: they are blocked, and asked for while waiting.
struct Signals {
  private let set: sigset_t

  init(_ numbers: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.set = set
  }

  /// Waits for one of the signals; nil when none came in time.
  func wait(upTo time: Duration) -> Int32? {
    var set = set
    let parts = max(time, .zero).components
    var timeout = timespec(
      tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    let number = sigtimedwait(&set, nil, &timeout)
    return number > 0 ? number : nil
  }
}
