/// How long to wait between attempts: exponential, with full jitter.
///
/// The ceiling starts at ``initial`` and doubles with each attempt up to ``cap``; the wait is drawn
/// evenly from zero to the ceiling, so that many clients that failed together do not return
/// together. A wait that the server asked for (`Retry-After`) is never cut short, only bounded by
/// ``longestRequestedWait``, and the jitter comes on top of it.
public struct Backoff: Hashable, Sendable {
  /// The first attempt's ceiling.
  public let initial: Duration
  /// No ceiling is higher.
  public let cap: Duration
  /// The most of a server's `Retry-After` that is heeded.
  public let longestRequestedWait: Duration

  /// Attempts that failed since the last ``reset()``.
  public private(set) var failures = 0

  /// - Precondition: `initial` is above zero and not above `cap`.
  public init(
    initial: Duration = .milliseconds(500), cap: Duration = .seconds(30),
    longestRequestedWait: Duration = .seconds(300)
  ) {
    precondition(initial > .zero && initial <= cap, "a backoff starts above zero and below its cap")
    self.initial = initial
    self.cap = cap
    self.longestRequestedWait = longestRequestedWait
  }

  /// The longest wait that the next ``next(notBefore:using:)`` draws.
  public var ceiling: Duration {
    var ceiling = initial
    for _ in 0..<failures where ceiling < cap {
      ceiling = min(ceiling * 2, cap)
    }
    return ceiling
  }

  /// The wait after one more failure.
  /// - Parameters:
  ///   - requested: what the server asked for.
  ///   - generator: where the jitter comes from.
  public mutating func next(
    notBefore requested: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    // 53 bits are a fraction from 0 up to 1. `Double.random(in:)` would draw again and again from a
    // generator that only ever gives its largest number, as a test's may.
    let drawn = ceiling * (Double(generator.next() >> 11) * 0x1p-53)
    failures += 1
    guard let requested, requested > .zero else { return drawn }
    return min(requested, longestRequestedWait) + drawn
  }

  /// After a success.
  public mutating func reset() {
    failures = 0
  }
}
