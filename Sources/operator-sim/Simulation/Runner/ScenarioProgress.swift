/// How far a scenario is: which step, and what has been counted so far.
final class ScenarioProgress {
  /// What is going on.
  var activity = "starting"
  private let progress: Progress
  private let weights: [Double]
  private let now: () -> Duration
  private var step = 0
  private var stepBegan: Duration

  /// - Parameter atOnce: how many nodes' pods are replaced, or start, at once.
  init(
    _ progress: Progress, _ options: SimulationOptions, atOnce: Int = 1,
    now: @escaping () -> Duration
  ) {
    self.progress = progress
    self.now = now
    stepBegan = now()
    weights = options.plan.steps.map { step in
      max(
        0.1,
        Self.expected(step, options, turns: (options.nodes + atOnce - 1) / atOnce) / .seconds(1))
    }
  }

  /// Moves to the next step.
  func finishStep() {
    step += 1
    stepBegan = now()
  }

  /// Shows the state if it was not shown just before.
  func show(_ state: () -> String) {
    progress.show(fraction) { "\(activity): \(state())" }
  }

  private var fraction: Double {
    let done = weights.prefix(step).reduce(0, +)
    let current = step < weights.count ? weights[step] : 0
    let elapsed = (now() - stepBegan) / .seconds(1)
    return (done + min(elapsed, current * 0.95)) / max(weights.reduce(0, +), 0.1)
  }

  /// About how long a step takes.
  private static func expected(
    _ planned: PlannedStep, _ options: SimulationOptions, turns: Int
  ) -> Duration {
    if let length = planned.length { return length }
    let perNode = Duration.milliseconds(150) * turns
    switch planned.step {
    case .crash(.collectorBackoff): return options.outage + .seconds(1)
    case .compaction, .busyQueue: return options.outage + perNode
    case .powerCut: return .milliseconds(4500) + perNode
    case .start, .reboot, .kill, .crash, .addNodes, .removeNodes, .replaceNodes:
      return .milliseconds(500) + perNode
    case .live(let time): return time
    case .rollout(.none), .rollout(.movedDirectory), .rollout(.damage), .switchLayout:
      return .milliseconds(1200) * turns
    case .undoneSwitch:
      return .milliseconds(2400) * turns + (options.life + .seconds(2)) / 2
    case .rollout(.rotations), .upgrade: return .milliseconds(5000) * turns
    case .rollout: return (.milliseconds(1200) + options.outage) * turns
    case .outage: return options.outage
    case .expireTokens: return .seconds(4)
    case .fillMap, .emptyMap, .rotateLogs, .attach, .sparseFiles: return .milliseconds(100)
    case .drain: return .seconds(2) + perNode
    }
  }
}
