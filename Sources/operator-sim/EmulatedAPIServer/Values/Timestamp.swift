internal import FilelogText

/// A moment in whole seconds since 1970, written as RFC 3339 in UTC, as the API does.
struct Timestamp: Hashable, Comparable, Sendable {
  var seconds: Int

  init(seconds: Int) { self.seconds = seconds }

  /// Reads RFC 3339; fractions of a second are dropped.
  init?(_ text: String) {
    guard let time = RFC3339.parse(text) else { return nil }
    seconds = Int(time.seconds)
  }

  static func < (one: Timestamp, other: Timestamp) -> Bool { one.seconds < other.seconds }

  var text: String { RFC3339.text(seconds: Int64(seconds)) }
}
