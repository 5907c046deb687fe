internal import FilelogSystemCalls
import Glibc

/// The monotonic clock.
enum Clock {
  static var now: Duration {
    Duration(clock: CLOCK_MONOTONIC)
  }
}
