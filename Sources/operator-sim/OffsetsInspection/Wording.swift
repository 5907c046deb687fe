internal import FilelogText

/// Numbers, and times as people read them.
enum Wording {
  static func time(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { "\(Timestamp(nanoseconds: $0))" } ?? "never"
  }

  /// `1 node`, `1,234 nodes`
  static func count(_ number: Int, _ one: String, _ several: String? = nil) -> String {
    "\(number.grouped) \(number == 1 ? one : several ?? one + "s")"
  }

  /// `12.3 %`
  static func percent(_ part: Int, of whole: Int) -> String {
    let tenths = (part * 1000 + whole / 2) / whole
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
