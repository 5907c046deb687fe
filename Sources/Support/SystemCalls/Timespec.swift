public import Glibc

extension timespec {
  /// A time, or a time since 1970.
  ///
  /// Its members belong to several modules of system headers at once, and whether Swift finds them by
  /// name depends on the build: here alone they are named.
  public init(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    self.init(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  }
}

extension Duration {
  /// What one of the system's clocks shows. Swift's own come with the runtime of its concurrency, which
  /// is 0.7 MB of a static program.
  public init(clock: clockid_t) {
    var time = timespec()
    clock_gettime(clock, &time)
    self.init(time)
  }
}
