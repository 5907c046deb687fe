import Glibc

/// Clocks in milliseconds.
enum Clocks {
  /// CPU time of the calling thread.
  static var cpu: Double { read(CLOCK_THREAD_CPUTIME_ID) }
  /// Time since some fixed moment.
  static var wall: Double { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Duration(time) / .milliseconds(1)
  }

  static func pause(milliseconds: Double) { usleep(UInt32(milliseconds * 1e3)) }

  /// The median CPU time of a body, after one round that warms up.
  static func medianCPU(rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    try body()
    var times: [Double] = []
    for _ in 0..<rounds {
      let start = cpu
      try body()
      times.append(cpu - start)
    }
    return median(times)
  }

  static func median(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }
}
