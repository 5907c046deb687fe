/// What differences cost that grow by as many bytes with each store, as log files come: they grow until
/// setting them aside as a step costs less, and steps until a whole payload does.
struct GrowingDifferences {
  /// Beyond what a difference takes that does not grow; all per store.
  private(set) var excessBytes = 0.0
  private(set) var steps = 0.0
  /// Of all steps together.
  private(set) var stepBytes = 0.0
  private(set) var wholes = 0.0

  /// The most steps between two whole payloads.
  private static let mostSteps = 8

  /// As the sidecar decides.
  /// - Parameters:
  ///   - growth: bytes more with each store.
  ///   - whole: what a whole payload writes.
  init(growth: Double, whole: Double) {
    guard growth > 0 else { return }
    var (stores, aside, rewritten) = (0.0, 0.0, 0.0)
    for step in 0... {
      // What came on top of the smallest difference is as much as what the next larger write costs.
      let untilStep =
        1 + (1 + 2 * (aside + Measurements.stepOverhead) / growth).squareRoot()
      let untilWhole = (2 * whole / growth).squareRoot()
      let isLast = step == Self.mostSteps || untilWhole < untilStep || rewritten + aside > whole
      let count = max(1, min(untilStep, untilWhole))
      stores += count
      excessBytes += growth * count * count / 2
      if isLast { break }
      rewritten += aside
      aside += growth * count
      steps += 1
      stepBytes += aside + Measurements.stepOverhead
    }
    excessBytes = min(whole, excessBytes / stores)
    steps /= stores
    stepBytes /= stores
    wholes = min(1, 1 / stores)
  }
}
