internal import DesiredState

/// Plays a scenario's steps, one after the other.
struct ScenarioRunner {
  let world: World
  let cluster: Cluster
  /// Nil without a sync container.
  let offsetsMap: OffsetsMap?
  let steps: [Step]
  let progress: ScenarioProgress
  /// The pods' grace period.
  let grace: Duration
  /// How many pods are replaced at once.
  let maxUnavailable: Int

  /// How long the API server is away when it is.
  private var outage: Duration { world.options.outage }

  func run() throws {
    for (index, step) in steps.enumerated() {
      try run(step, label(index))
      progress.finishStep()
    }
  }

  /// About how long a step takes, for showing progress.
  static func expected(_ step: Step, _ options: SimulationOptions) -> Duration {
    let perNode = Duration.milliseconds(150) * options.nodes
    switch step {
    case .start, .reboot, .kill, .crash: return .milliseconds(500) + perNode
    case .live(let time): return time
    case .rollout(.none): return .milliseconds(1200) * options.nodes
    case .rollout: return (.milliseconds(1200) + options.outage) * options.nodes
    case .outage: return options.outage
    case .expireTokens: return .seconds(4)
    case .fillMap, .emptyMap: return .milliseconds(100)
    case .drain: return .seconds(2) + perNode
    }
  }

  private func run(_ step: Step, _ label: String) throws {
    world.activity = label
    switch step {
    case .start: try start()
    case .live(let time): try live(time)
    case .rollout(let fault): try rollOut(fault, label)
    case .reboot: try reboot()
    case .kill: try kill()
    case .crash(let crash): try self.crash(crash)
    case .outage:
      try cluster.interrupt()
      try world.advance(for: outage)
      try cluster.resume()
    case .expireTokens: try expireTokens()
    case .fillMap:
      // Again and again: a snapshot that shrinks by a byte would make room for one that grows.
      world.upkeep = { try offsetsMap?.fill(cluster.api) }
      // More files make snapshots grow, as in a cluster that fills its map.
      for node in world.nodes { try node.applications.addPod() }
    case .emptyMap:
      world.upkeep = nil
      try offsetsMap?.empty(cluster.api)
    case .drain: try drain()
    }
  }

  private func label(_ index: Int) -> String {
    switch steps[index] {
    case .start: return "starting"
    case .live: return "running"
    case .drain: return "draining"
    default:
      let number = steps[...index].filter { $0 == steps[index] }.count
      let all = steps.filter { $0 == steps[index] }.count
      return "\(steps[index].title ?? "") \(number) of \(all)"
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
    let rotated = try world.nodes.compactMap { node in
      let file = node.applications.openFiles.first
      try node.applications.rotate(0)
      return file
    }
    try world.advance(for: time / 2)
    // Where records may be lost, some never arrive. After an outage a collector may take a while
    // until it tries again.
    let patience: Duration =
      Allowance(world.options)?.lost == true
      ? .seconds(2) : world.options.scenario == .backendOutage ? .seconds(60) : .seconds(10)
    _ = try world.advance(until: { hasArrived(rotated) }, orFor: patience)
  }

  private func hasArrived(_ files: [RecordIdentity.File]) -> Bool {
    let counts = world.ledger.counts
    return files.allSatisfy { counts[$0].map { $0.delivered == $0.written } ?? true }
  }

  /// Replaces all pods, so many at once as the DaemonSet lets be unavailable.
  private func rollOut(_ fault: Step.RolloutFault, _ label: String) throws {
    var rest = world.nodes[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(maxUnavailable))
      rest = rest.dropFirst(group.count)
      world.activity = "\(label), \(group.map(\.name).joined(separator: ", "))"
      if fault == .outageAtShutdown {
        try world.interrupt(cluster, for: outage)
      }
      if fault == .backendOutage { try interruptBackend() }
      try world.stopPods(on: group, grace: grace)
      if fault != .backendOutage { try world.awaitEndOfOutage() }
      for node in group {
        try node.removePod()
        // An application whose first lines are written while no collector runs.
        try node.applications.addPod()
        try world.startPod(on: node)
      }
      if fault == .outageAtStart { try world.interrupt(cluster, for: outage) }
      for node in group { try world.awaitReadiness(of: node) }
      try world.awaitEndOfOutage()
    }
  }

  /// The backend goes away at a moment drawn by chance: well before the pods are asked to stop, so
  /// that it is back by then, or so much that receivers stand still, or just after.
  private func interruptBackend() throws {
    var random = SeededRandom(seed: world.options.seed &+ UInt64(world.backendOutages))
    let lead = Double.random(in: -0.1...1.2, using: &random)
    world.interruptBackend(after: max(.zero, outage * -lead), for: outage)
    try world.advance(for: max(.zero, outage * lead))
  }

  private func reboot() throws {
    for node in world.nodes {
      node.shutDown()
      try world.restartPod(on: node)
    }
    for node in world.nodes { try world.awaitReadiness(of: node) }
  }

  private func kill() throws {
    for node in world.nodes {
      node.shutDown()
      try node.removePod()
      try world.startPod(on: node)
    }
    for node in world.nodes { try world.awaitReadiness(of: node) }
  }

  private func crash(_ crash: Step.Crash) throws {
    let name =
      crash == .sync ? Contract.ContainerName.sync : Contract.ContainerName.collector
    for node in world.nodes { node.pod?.crash(container: name) }
    try world.advance(for: .milliseconds(100))
    for node in world.nodes { try world.awaitReadiness(of: node) }
  }

  /// Sidecars meet 401s until the kubelets have renewed the tokens.
  private func expireTokens() throws {
    try cluster.expireTokens()
    try world.advance(for: .seconds(2))
    for node in world.nodes { try node.renewToken() }
    try world.advance(for: .seconds(2))
  }

  /// Applications stop writing; what is on its way arrives, until nothing has come for five seconds.
  /// Then the pods stop, and what that may still send arrives too.
  private func drain() throws {
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
