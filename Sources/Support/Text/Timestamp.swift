/// A moment of the wall clock: the time since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970; negative before.
  public let nanoseconds: Int64

  /// The moment this many nanoseconds after 1970 began.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Reads RFC 3339. Nil for anything else, and outside the years 1678 to 2262, which nanoseconds in
  /// 64 bits reach.
  public init?(rfc3339 text: String) {
    guard let (seconds, fraction) = RFC3339.parse(text) else { return nil }
    let (whole, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (nanoseconds, isStillTooFar) = whole.addingReportingOverflow(fraction)
    guard !isTooFar, !isStillTooFar else { return nil }
    self.nanoseconds = nanoseconds
  }

  public static func < (one: Timestamp, other: Timestamp) -> Bool {
    one.nanoseconds < other.nanoseconds
  }

  /// RFC 3339 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
  public var description: String { text(.exactly(3)) }

  /// RFC 3339 in UTC.
  public func text(_ decimals: RFC3339.Decimals) -> String {
    let (seconds, rest) = nanoseconds.floored(by: 1_000_000_000)
    return RFC3339.text(seconds: seconds, nanoseconds: rest, decimals: decimals)
  }
}
