import Glibc

/// SIGINT and SIGTERM, taken synchronously by the thread that waits for them.
///
/// Make one before the first other thread starts: threads inherit that the signals are blocked.
struct TerminationSignals {
  private let set: sigset_t

  init() {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.set = set
  }

  /// Returns when one of the signals has come.
  func wait() {
    var set = set
    var signal: Int32 = 0
    while sigwait(&set, &signal) != 0 {}
  }
}
