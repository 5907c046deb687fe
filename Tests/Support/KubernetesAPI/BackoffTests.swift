import FilelogKubernetesAPI
import Testing

/// Gives the same number at every draw: the largest draws the whole ceiling, zero draws nothing.
struct FixedGenerator: RandomNumberGenerator {
  let number: UInt64
  mutating func next() -> UInt64 { number }
}

@Suite struct BackoffTests {
  static let ceilings: [(failures: Int, ceiling: Duration)] = [
    (0, .milliseconds(500)), (1, .seconds(1)), (2, .seconds(2)), (5, .seconds(16)),
    (6, .seconds(30)), (7, .seconds(30)), (1_000_000, .seconds(30)),
  ]

  @Test(arguments: ceilings) func backoffCeilingDoublesUpToCap(
    _ failures: Int, _ ceiling: Duration
  ) {
    var backoff = Backoff()
    var none = FixedGenerator(number: 0)
    for _ in 0..<min(failures, 100) { _ = backoff.next(using: &none) }
    #expect(backoff.ceiling == ceiling)
  }

  @Test func backoffWaitIsWithinCeiling() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var backoff = Backoff(initial: .milliseconds(100), cap: .seconds(1))
      for _ in 0..<6 {
        let ceiling = backoff.ceiling
        let wait = backoff.next(using: &generator)
        #expect(wait >= .zero && wait <= ceiling)
      }
    }
  }

  @Test func backoffJitterIsFull() {
    var backoff = Backoff()
    var none = FixedGenerator(number: 0)
    #expect(backoff.next(using: &none) == .zero)
    var all = FixedGenerator(number: .max)
    let wait = backoff.next(using: &all)
    #expect(wait > .milliseconds(999) && wait <= .seconds(1))
  }

  @Test(arguments: [
    (Duration.seconds(2), Duration.seconds(2)), (.zero, .zero), (.seconds(-1), .zero),
    (.seconds(9999), .seconds(300)),
  ]) func requestedWaitIsHonouredUpToLimit(_ requested: Duration, _ wait: Duration) {
    var backoff = Backoff()
    var none = FixedGenerator(number: 0)
    #expect(backoff.next(notBefore: requested, using: &none) == wait)
  }

  @Test func jitterAddsToRequestedWait() {
    var backoff = Backoff()
    var all = FixedGenerator(number: .max)
    let wait = backoff.next(notBefore: .seconds(2), using: &all)
    #expect(wait > .milliseconds(2499) && wait <= .milliseconds(2500))
  }

  @Test func resetRestartsBackoff() {
    var backoff = Backoff()
    var none = FixedGenerator(number: 0)
    for _ in 0..<4 { _ = backoff.next(using: &none) }
    #expect(backoff.failures == 4)
    backoff.reset()
    #expect(backoff == Backoff())
  }
}
