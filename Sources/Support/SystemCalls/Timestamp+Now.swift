public import FilelogText
internal import Glibc

extension Timestamp {
  /// The system's clock. Use it at the edge only; the rest takes its time from outside.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
