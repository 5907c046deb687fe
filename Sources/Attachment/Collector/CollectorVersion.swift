/// A version of the OpenTelemetry Collector as images are tagged: `0.134`, `v0.156.0`, `0.158.0-amd64`.
public struct CollectorVersion: Hashable, Sendable, Comparable {
  let major: Int
  let minor: Int

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Nil when the text is not a version.
  public init?(_ text: String) {
    let parts = (text.hasPrefix("v") ? text.dropFirst() : text[...]).split(
      separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Self.number(parts[0]),
      let minor = Self.number(parts[1].prefix { $0 != "-" })
    else { return nil }
    self.init(major: major, minor: minor)
  }

  /// `compression: auto` knows packed files by their content and by the beginning of that.
  static let knowsPackedFiles = CollectorVersion(major: 0, minor: 134)

  public static func < (one: CollectorVersion, other: CollectorVersion) -> Bool {
    (one.major, one.minor) < (other.major, other.minor)
  }

  var text: String { "\(major).\(minor)" }

  private static func number(_ digits: Substring) -> Int? {
    guard (1...4).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(digits)
  }
}
