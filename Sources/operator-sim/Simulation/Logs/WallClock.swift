internal import Glibc

/// The wall clock, as container runtimes and log rotation write it.
enum WallClock {
  /// Time since 1970, as files are stamped.
  static var sinceEpoch: Duration {
    let time = realTime()
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// `2026-11-22T17:47:33.974468678Z`
  static func now() -> String {
    let time = realTime()
    let nanoseconds = String(time.tv_nsec)
    let zeros = String(repeating: "0", count: 9 - nanoseconds.count)
    return format(time.tv_sec, "%Y-%m-%dT%H:%M:%S") + "." + zeros + nanoseconds + "Z"
  }

  /// `20261122-174733`, what the kubelet appends to the name of a rotated log file.
  static func rotationSuffix() -> String { format(time(nil), "%Y%m%d-%H%M%S") }

  private static func realTime() -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time
  }

  private static func format(_ seconds: time_t, _ pattern: String) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, pattern, &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
