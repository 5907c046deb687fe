internal import FilelogSystemCalls

/// Plays a scenario's steps on a fleet, one after the other.
final class ScenarioRunner<Played: Fleet> {
  let fleet: Played
  let steps: [PlannedStep]
  let progress: ScenarioProgress
  let outage: APIOutage<Played>
  var random: SeededRandom
  /// When the first step after the start began.
  private var origin = Duration.zero
  /// Steps of the plan that are to begin in the background.
  var agenda = 0
  var isMapFilled = false
  var isDraining = false
  var backendOutageEnd: Duration?
  /// How many nodes' stored offsets were replaced.
  var damaged = 0

  init(_ fleet: Played, progress: ScenarioProgress) {
    self.fleet = fleet
    self.progress = progress
    steps = fleet.options.plan.steps
    outage = APIOutage(fleet)
    random = SeededRandom(seed: fleet.options.seed)
  }

  func run() throws {
    for (index, planned) in steps.enumerated() {
      if planned.time != nil, planned.step.isBackground {
        progress.finishStep()
        continue
      }
      try awaitTime(of: planned)
      progress.activity = label(index)
      try run(planned)
      progress.finishStep()
      if planned.step == .start { begin() }
    }
  }

  /// What a scenario file does in the background is counted from here on.
  private func begin() {
    origin = fleet.now
    for node in fleet.presentNodes { rotateLater(node) }
    for planned in steps where planned.step.isBackground {
      guard let time = planned.time else { continue }
      agenda += 1
      fleet.schedule(at: origin + time) { [self] in
        agenda -= 1
        try runInBackground(planned)
      }
    }
  }

  private func awaitTime(of planned: PlannedStep) throws {
    guard let time = planned.time else { return }
    progress.activity = "running"
    try fleet.advance(for: origin + time - fleet.now)
  }

  private func run(_ planned: PlannedStep) throws {
    switch planned.step {
    case .start: try start()
    case .live(let time): try live(time)
    case .rollout(let fault): try rollOut(planned, fault)
    case .switchLayout:
      try fleet.apply(try otherLayout)
      try rollOut(planned, .none)
    case .undoneSwitch: try undoSwitch()
    case .upgrade:
      fleet.upgrade()
      try rollOut(planned, .rotations)
    case .reboot: try reboot(nodes(planned))
    case .kill: try kill(nodes(planned))
    case .busyQueue: try killWithBusyQueue(nodes(planned), length(planned))
    case .powerCut: try cutPower(nodes(planned))
    case .compaction: try compact(nodes(planned), length(planned))
    case .sparseFiles: for node in nodes(planned) { try node.makeSparseFiles() }
    case .crash(let crash): try self.crash(nodes(planned), crash, length(planned))
    case .outage:
      try outage.begin(for: length(planned))
      try outage.awaitEnd()
    case .expireTokens:
      try expireTokens()
      try fleet.advance(for: .seconds(4))
    case .fillMap, .emptyMap, .rotateLogs: try runInBackground(planned)
    case .addNodes(let count): try addNodes(count)
    case .removeNodes(let count): try removeNodes(count)
    case .replaceNodes(let count):
      try removeNodes(count)
      try addNodes(count)
    case .attach(let volume): try fleet.attach(volume)
    case .drain: try drain()
    }
  }

  private func runInBackground(_ planned: PlannedStep) throws {
    switch planned.step {
    case .outage: try outage.begin(for: length(planned))
    case .expireTokens: try expireTokens()
    case .fillMap: try fillMap()
    case .emptyMap: try emptyMap()
    case .rotateLogs: try rotateLogs()
    default: break
    }
  }

  func length(_ planned: PlannedStep) -> Duration {
    planned.length ?? fleet.options.outage
  }

  func nodes(_ planned: PlannedStep) -> [Played.Node] {
    guard let names = planned.nodes else { return fleet.presentNodes }
    return fleet.presentNodes.filter { names.contains($0.name) }
  }

  private func label(_ index: Int) -> String {
    let step = steps[index].step
    switch step {
    case .start: return "starting"
    case .live: return "running"
    case .drain: return "draining"
    default:
      let number = steps[...index].filter { $0.step == step }.count
      let all = steps.filter { $0.step == step }.count
      return "\(step.title ?? "") \(number) of \(all)"
    }
  }
}
