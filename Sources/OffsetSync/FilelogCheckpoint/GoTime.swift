internal import FilelogText

/// Points in time as Go writes them in JSON (RFC 3339 with up to nine decimals), as nanoseconds
/// since 1970.
enum GoTime {
  /// What Go writes for "never".
  static let zero = "0001-01-01T00:00:00Z"

  static func text(_ time: Int64?) -> String {
    time.map { Timestamp(nanoseconds: $0).text(.asNeeded) } ?? zero
  }

  enum Parsed: Equatable {
    case never
    case nanoseconds(Int64)

    var nanoseconds: Int64? {
      if case .nanoseconds(let time) = self { time } else { nil }
    }
  }

  /// Nil when the text is not a time, or one outside the years 1678 to 2262, which nanoseconds in 64
  /// bits reach.
  static func parse(_ text: String) -> Parsed? {
    text == zero ? .never : Timestamp(rfc3339: text).map { .nanoseconds($0.nanoseconds) }
  }
}
