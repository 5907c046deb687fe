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
