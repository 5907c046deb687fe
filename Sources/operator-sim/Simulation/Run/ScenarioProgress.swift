internal import Text

/// How far a scenario is: which step, and what has been counted so far.
final class ScenarioProgress {
  var activity = ""
  private let progress: Progress
  private let weights: [Double]
  private var step = 0
  private var stepBegan = ContinuousClock.now

  /// - Parameter expected: how long each step will about take.
  init(_ progress: Progress, expected: [Duration]) {
    self.progress = progress
    weights = expected.map { max(0.1, $0 / .seconds(1)) }
  }

  /// Moves to the next step.
  func finishStep() {
    step += 1
    stepBegan = .now
  }

  func show(_ ledger: Ledger) {
    progress.show(fraction) {
      let total = ledger.total
      return "\(self.activity): \(total.written.grouped) written, "
        + "\(total.delivered.grouped) delivered, "
        + "\(total.duplicated.grouped) duplicated"
    }
  }

  func end() { progress.end() }

  private var fraction: Double {
    let done = weights.prefix(step).reduce(0, +)
    let current = step < weights.count ? weights[step] : 0
    let elapsed = (ContinuousClock.now - stepBegan) / .seconds(1)
    return (done + min(elapsed, current * 0.95)) / max(weights.reduce(0, +), 0.1)
  }
}
