/// How often a value fell between which bounds.
struct Histogram: Hashable {
  /// In seconds, each the inclusive upper bound of its bucket. OpenTelemetry's for durations, and
  /// two more: an API server under contention answers after half a minute.
  static let bounds: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
  ]

  /// One more than bounds: the last counts what exceeds them all.
  private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  private(set) var sum = 0.0
  private(set) var range: ClosedRange<Double>?

  var count: Int { counts.reduce(0, +) }

  /// What is not a finite number is not recorded.
  mutating func record(_ value: Double) {
    guard value.isFinite else { return }
    let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
    counts[bucket] += 1
    sum += value
    range = min(range?.lowerBound ?? value, value)...max(range?.upperBound ?? value, value)
  }
}
