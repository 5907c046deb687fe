/// How long to wait before asking a store again: longer each time, at random so that a fleet does
/// not ask at once, never sooner than the store itself said.
struct Retry {
  var first: Duration = .milliseconds(500)
  var longest: Duration = .seconds(60)
  private(set) var failures = 0

  init(first: Duration = .milliseconds(500), longest: Duration = .seconds(60)) {
    self.first = first
    self.longest = longest
  }

  mutating func succeeded() { failures = 0 }

  /// - Parameter chance: from 0 up to 1.
  mutating func delay(after error: StoreError, chance: Double) -> Duration {
    let ceiling = min(longest, first * (1 << min(failures, 16)))
    failures += 1
    return max(error.retryAfter ?? .zero, ceiling * (0.5 + 0.5 * chance))
  }
}
