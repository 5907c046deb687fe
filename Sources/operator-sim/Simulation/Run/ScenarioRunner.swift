internal import Contract
internal import DesiredState
internal import SystemCalls

/// Plays a scenario's steps, one after the other.
struct ScenarioRunner {
  let world: World
  let cluster: Cluster
  /// Nil without a sync container.
  let offsetsMap: OffsetsMap?
  let steps: [PlannedStep]
  let progress: ScenarioProgress
  /// The pods' grace period.
  let grace: Duration
  /// How many pods are replaced at once.
  let maxUnavailable: Int

  func run() throws {
    for (index, planned) in steps.enumerated() {
      try awaitTime(of: planned)
      try run(planned, label(index))
      progress.finishStep()
      if planned.step == .start { try begin() }
    }
  }

  /// What a scenario file does in the background is set from here on.
  private func begin() throws {
    world.beginScenario()
    for planned in steps {
      guard let time = planned.time, planned.step.isBackground else { continue }
      world.schedule(at: time) { try runInBackground(planned) }
    }
  }

  private func awaitTime(of planned: PlannedStep) throws {
    guard let time = planned.time, !planned.step.isBackground else { return }
    world.activity = "running"
    _ = try world.advance(until: { world.scenarioTime >= time }, orFor: .seconds(86_400))
  }

  private func outage(_ planned: PlannedStep) -> Duration {
    planned.length ?? world.options.outage
  }

  private func nodes(_ planned: PlannedStep) -> [SimulatedNode] {
    guard let names = planned.nodes else { return world.nodes }
    return world.nodes.filter { names.contains($0.name) }
  }

  /// About how long a step takes, for showing progress.
  static func expected(_ planned: PlannedStep, _ options: SimulationOptions) -> Duration {
    if let length = planned.length { return length }
    let perNode = Duration.milliseconds(150) * options.nodes
    switch planned.step {
    case .start, .reboot, .kill, .crash, .addNodes, .removeNodes, .replaceNodes:
      return .milliseconds(500) + perNode
    case .live(let time): return time
    case .rollout(.none): return .milliseconds(1200) * options.nodes
    case .rollout: return (.milliseconds(1200) + options.outage) * options.nodes
    case .outage: return options.outage
    case .expireTokens: return .seconds(4)
    case .fillMap, .emptyMap, .rotateLogs: return .milliseconds(100)
    case .drain: return .seconds(2) + perNode
    }
  }

  private func run(_ planned: PlannedStep, _ label: String) throws {
    if planned.time != nil, planned.step.isBackground { return }
    world.activity = label
    let nodes = nodes(planned)
    switch planned.step {
    case .start: try start()
    case .live(let time): try live(time)
    case .rollout(let fault): try rollOut(nodes, fault, planned, label)
    case .reboot: try reboot(nodes)
    case .kill: try kill(nodes)
    case .crash(let crash): try self.crash(nodes, crash)
    case .outage:
      try world.interrupt(cluster, for: outage(planned))
      try world.awaitEndOfOutage()
    case .expireTokens:
      try expireTokens()
      try world.advance(for: .seconds(4))
    case .fillMap: try fillMap()
    case .emptyMap: try emptyMap()
    case .rotateLogs: _ = try rotate()
    case .addNodes, .removeNodes, .replaceNodes:
      throw SimulationError("nodes come and go with --in-process only")
    case .drain: try drain()
    }
  }

  private func runInBackground(_ planned: PlannedStep) throws {
    switch planned.step {
    case .outage: try world.interrupt(cluster, for: outage(planned))
    case .expireTokens: try expireTokens()
    case .fillMap: try fillMap()
    case .emptyMap: try emptyMap()
    case .rotateLogs: _ = try rotate()
    default: break
    }
  }

  private func fillMap() throws {
    // Again and again: a snapshot that shrinks by a byte would make room for one that grows.
    world.upkeep = { try offsetsMap?.fill(cluster.api) }
    // More files make snapshots grow, as in a cluster that fills its map.
    for node in world.nodes { try node.applications.addPod() }
  }

  private func emptyMap() throws {
    world.upkeep = nil
    try offsetsMap?.empty(cluster.api)
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

  private func start() throws {
    world.applicationsRun = true
    for node in world.nodes { try world.startPod(on: node) }
    for node in world.nodes { try world.awaitReadiness(of: node) }
  }

  /// Half-way, every node's kubelet rotates one log file. What it held must arrive before the next
  /// disturbance: no collector finds a rotated file again.
  private func live(_ time: Duration) throws {
    try world.advance(for: time / 2)
    let rotated = try rotate()
    try world.advance(for: time / 2)
    // Where records may be lost, some never arrive. After an outage a collector may take a while
    // until it tries again.
    let patience: Duration =
      Allowance(world.options)?.lost == true
      ? .seconds(2) : world.options.scenario == .backendOutage ? .seconds(60) : .seconds(10)
    _ = try world.advance(until: { hasArrived(rotated) }, orFor: patience)
  }

  private func rotate() throws -> [RecordIdentity.File] {
    try world.nodes.compactMap { node in
      let file = node.applications.openFiles.first
      try node.applications.rotate(0)
      return file
    }
  }

  private func hasArrived(_ files: [RecordIdentity.File]) -> Bool {
    let counts = world.ledger.counts
    return files.allSatisfy { counts[$0].map { $0.delivered == $0.written } ?? true }
  }

  /// Replaces all pods, so many at once as the DaemonSet lets be unavailable.
  private func rollOut(
    _ nodes: [SimulatedNode], _ fault: Step.RolloutFault, _ planned: PlannedStep, _ label: String
  ) throws {
    var rest = nodes[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(maxUnavailable))
      rest = rest.dropFirst(group.count)
      world.activity = "\(label), \(group.map(\.name).joined(separator: ", "))"
      if fault == .outageAtShutdown {
        try world.interrupt(cluster, for: outage(planned))
      }
      if fault == .backendOutage { try interruptBackend(for: outage(planned)) }
      try world.stopPods(on: group, grace: grace)
      if fault != .backendOutage { try world.awaitEndOfOutage() }
      for node in group {
        try node.removePod()
        // An application whose first lines are written while no collector runs.
        try node.applications.addPod()
        try world.startPod(on: node)
      }
      if fault == .outageAtStart { try world.interrupt(cluster, for: outage(planned)) }
      for node in group { try world.awaitReadiness(of: node) }
      try world.awaitEndOfOutage()
    }
  }

  /// The backend goes away at a moment drawn by chance: well before the pods are asked to stop, so
  /// that it is back by then, or so much that receivers stand still, or just after.
  private func interruptBackend(for outage: Duration) throws {
    var random = SeededRandom(seed: world.options.seed &+ UInt64(world.backendOutages.count))
    let lead = Double.random(in: -0.1...1.2, using: &random)
    world.interruptBackend(after: max(.zero, outage * -lead), for: outage)
    try world.advance(for: max(.zero, outage * lead))
  }

  private func reboot(_ nodes: [SimulatedNode]) throws {
    try world.awaitEndOfOutage()
    for node in nodes {
      node.shutDown()
      try world.restartPod(on: node)
    }
    for node in nodes { try world.awaitReadiness(of: node) }
  }

  private func kill(_ nodes: [SimulatedNode]) throws {
    try world.awaitEndOfOutage()
    for node in nodes {
      node.shutDown()
      try node.removePod()
      try world.startPod(on: node)
    }
    for node in nodes { try world.awaitReadiness(of: node) }
  }

  private func crash(_ nodes: [SimulatedNode], _ crash: Step.Crash) throws {
    let name =
      crash == .sync ? Contract.ContainerName.sync : Contract.ContainerName.collector
    for node in nodes { node.pod?.crash(container: name) }
    try world.advance(for: .milliseconds(100))
    for node in nodes { try world.awaitReadiness(of: node) }
  }

  /// Sidecars meet 401s until the kubelets have renewed the tokens.
  private func expireTokens() throws {
    try cluster.expireTokens()
    world.schedule(at: world.scenarioTime + .seconds(2)) {
      try world.awaitEndOfOutage()
      for node in world.nodes { try node.renewToken() }
    }
  }

  /// Applications stop writing; what is on its way arrives, until nothing has come for five seconds.
  /// Then the pods stop, and what that may still send arrives too.
  private func drain() throws {
    try world.awaitAgenda()
    try world.awaitEndOfOutage()
    world.applicationsRun = false
    var arrivals = -1
    var lastArrival = ContinuousClock.now
    try world.advance(
      until: {
        if world.ledger.arrivals != arrivals {
          arrivals = world.ledger.arrivals
          lastArrival = .now
        }
        let total = world.ledger.total
        return total.delivered == total.written || ContinuousClock.now - lastArrival > .seconds(5)
      }, within: .seconds(120), "all records arriving")
    try world.stopPods(on: world.nodes, grace: grace)
    for node in world.nodes { try node.removePod() }
  }
}
