internal import BoltFile

/// Tells how long ago a file was written. Files are stamped by the wall clock, and a clock that was
/// set would make a fresh write look old; so it is watched, and distrusted until it has run evenly
/// from one question to the next.
struct FileClock {
  private let host: any HostEnvironment
  /// Wall clock less monotonic clock, as of the last check.
  private var offset: Duration?
  private var isSteady = false

  init(host: any HostEnvironment) { self.host = host }

  /// Compares the two clocks; call it before ``age(of:)`` is asked of some files.
  mutating func check() {
    let now = host.wallClock.map { $0 - host.now }
    defer { offset = now }
    guard let now, let offset else {
      isSteady = false
      return
    }
    let change = now - offset
    isSteady = change < .milliseconds(10) && change > .milliseconds(-10)
  }

  /// Nil when the clock cannot be trusted.
  func age(of file: FileSource) -> Duration? {
    guard isSteady, let written = try? file.modified(), let wall = host.wallClock,
      written <= wall
    else { return nil }
    return wall - written
  }
}
