internal import FilelogSystemCalls
internal import FilelogText

/// The wall clock, as container runtimes and log rotation write it.
enum WallClock {
  /// Time since 1970, as files are stamped.
  static var sinceEpoch: Duration { .nanoseconds(Timestamp.now.nanoseconds) }

  /// `2026-11-22T17:47:33.974468678Z`
  static func now() -> String { Timestamp.now.text(.exactly(9)) }

  /// `20261122-174733`, what the kubelet appends to the name of a rotated log file.
  static func rotationSuffix(later time: Duration = .zero) -> String {
    let now = Timestamp(
      nanoseconds: Timestamp.now.nanoseconds + time.components.seconds * 1_000_000_000)
    var text = now.text(.exactly(0))
    text.removeAll { $0 == "-" || $0 == ":" || $0 == "Z" }
    return String(text.map { $0 == "T" ? "-" : $0 })
  }
}
