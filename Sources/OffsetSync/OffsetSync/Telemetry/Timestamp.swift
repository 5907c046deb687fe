internal import Glibc

/// A moment of the wall clock: the time since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970; negative before.
  public let nanoseconds: Int64

  /// The moment this many nanoseconds after 1970 began.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The system's clock. Use it at the edge only; the rest takes its time from outside.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  public static func < (one: Timestamp, other: Timestamp) -> Bool {
    one.nanoseconds < other.nanoseconds
  }

  /// RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
  public var description: String {
    let milliseconds = nanoseconds.floored(by: 1_000_000)
    let seconds = milliseconds.quotient.floored(by: 1000)
    let days = seconds.quotient.floored(by: 86_400)
    let (year, month, day) = Self.civilDate(daysSinceEpoch: days.quotient)
    let second = days.remainder
    return Self.digits(year, 4) + "-" + Self.digits(month, 2) + "-" + Self.digits(day, 2) + "T"
      + Self.digits(second / 3600, 2) + ":" + Self.digits(second / 60 % 60, 2) + ":"
      + Self.digits(second % 60, 2) + "." + Self.digits(seconds.remainder, 3) + "Z"
  }

  /// The proleptic Gregorian date. Years begin in March here, so that the leap day comes last, and
  /// an era is 400 of them: 146,097 days.
  private static func civilDate(
    daysSinceEpoch: Int64
  ) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (daysSinceEpoch + 719_468).floored(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchBased = (5 * dayOfYear + 2) / 153
    let month = marchBased < 10 ? marchBased + 3 : marchBased - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * marchBased + 2) / 5 + 1
    )
  }

  private static func digits(_ number: Int64, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}

extension Int64 {
  fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
