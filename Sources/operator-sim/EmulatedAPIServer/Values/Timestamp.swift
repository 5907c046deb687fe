internal import FoundationEssentials

/// A moment in whole seconds since 1970, written as RFC 3339 in UTC, as the API does.
struct Timestamp: Hashable, Comparable, Sendable {
  var seconds: Int

  init(seconds: Int) { self.seconds = seconds }

  /// Reads RFC 3339; fractions of a second are dropped.
  init?(_ text: String) {
    var plain = text
    if let point = text.firstIndex(of: ".") {
      let zone = text[text.index(after: point)...].drop { ("0"..."9").contains($0) }
      plain = String(text[..<point] + zone)
    }
    guard let date = try? Date(plain.uppercased(), strategy: .iso8601) else { return nil }
    seconds = Int(date.timeIntervalSince1970)
  }

  static func < (one: Timestamp, other: Timestamp) -> Bool { one.seconds < other.seconds }

  var text: String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }
}
