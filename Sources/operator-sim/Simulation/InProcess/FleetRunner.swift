/// Plays a scenario's steps in virtual time, on a thread of its own that sleeps as the others do.
struct FleetRunner {
  let fleet: Fleet
  let thread: VirtualThread
  let maxUnavailable: Int
  /// Told of each step that begins.
  let begin: (Int, String) -> Void

  private var time: VirtualTime { fleet.time }
  private var options: SimulationOptions { fleet.options }

  func run(_ steps: [PlannedStep]) throws {
    var origin = Duration.zero
    for (index, planned) in steps.enumerated() {
      if planned.time != nil, planned.step.isBackground { continue }
      if let time = planned.time { try sleep(until: origin + time) }
      begin(index, planned.step.title ?? "running")
      try run(planned)
      guard planned.step == .start else { continue }
      origin = time.now
      for planned in steps where planned.step.isBackground {
        guard let moment = planned.time else { continue }
        time.at(origin + moment) { runInBackground(planned) }
      }
    }
  }

  private func run(_ planned: PlannedStep) throws {
    switch planned.step {
    case .start: try start()
    case .live(let life): try live(life)
    case .rollout(let fault): try rollOut(planned, fault)
    case .reboot: try replaceAtOnce(planned, isReboot: true)
    case .kill: try replaceAtOnce(planned, isReboot: false)
    case .crash(let crash): try self.crash(planned, crash)
    case .outage:
      fleet.beginOutage(for: outage(planned))
      try awaitEndOfOutage()
    case .expireTokens:
      fleet.expireTokens()
      try sleep(for: .seconds(4))
    case .fillMap: try fleet.fillMap()
    case .emptyMap: try fleet.emptyMap()
    case .rotateLogs: rotate()
    case .replaceNodes(let count):
      try removeNodes(count)
      try addNodes(count)
    case .addNodes(let count): try addNodes(count)
    case .removeNodes(let count): try removeNodes(count)
    case .drain: try drain()
    }
  }

  private func runInBackground(_ planned: PlannedStep) {
    switch planned.step {
    case .outage: fleet.beginOutage(for: outage(planned))
    case .expireTokens: fleet.expireTokens()
    case .fillMap: try? fleet.fillMap()
    case .emptyMap: try? fleet.emptyMap()
    case .rotateLogs: rotate()
    default: break
    }
  }

  private func outage(_ planned: PlannedStep) -> Duration { planned.length ?? options.outage }

  private func nodes(_ planned: PlannedStep) -> [VirtualNode] {
    guard let names = planned.nodes else { return fleet.presentNodes }
    return fleet.presentNodes.filter { names.contains($0.name) }
  }

  // MARK: Waiting

  private func sleep(until end: Duration) throws {
    guard time.now < end else { return }
    _ = thread.sleep(until: end)
    if thread.isKilled { throw SimulationError.interrupted }
  }

  private func sleep(for length: Duration) throws { try sleep(until: time.now + length) }

  private func await(
    _ what: String, within limit: Duration, _ condition: () -> Bool
  ) throws {
    let deadline = time.now + limit
    while !condition() {
      guard time.now < deadline else {
        throw SimulationError("\(what) did not happen within \(limit)")
      }
      try sleep(for: .milliseconds(100))
    }
  }

  private func awaitEndOfOutage() throws {
    try self.await("the end of the outage", within: .seconds(90_000)) { !fleet.api.isOut }
  }

  /// An init container may have to wait for the API server, and its kubelet then waits with it.
  private func awaitReadiness(_ nodes: [VirtualNode]) throws {
    var rest = nodes[...]
    try self.await("all containers running", within: .seconds(3600)) {
      rest = rest.drop { $0.pod?.isReady ?? false }
      return rest.isEmpty
    }
  }

  // MARK: Steps

  private func start() throws {
    fleet.startApplications()
    for node in fleet.presentNodes { try fleet.startPod(on: node) }
    try awaitReadiness(fleet.presentNodes)
  }

  private func live(_ length: Duration) throws {
    try sleep(for: length / 2)
    rotate()
    try sleep(for: length / 2)
  }

  private func rotate() { for node in fleet.presentNodes { node.rotate() } }

  private func rollOut(_ planned: PlannedStep, _ fault: Step.RolloutFault) throws {
    var rest = nodes(planned)[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(maxUnavailable))
      rest = rest.dropFirst(group.count)
      if fault == .outageAtShutdown { fleet.beginOutage(for: outage(planned)) }
      try stop(group)
      for node in group {
        // An application whose first lines are written while no collector runs.
        node.addApplication()
        try fleet.startPod(on: node)
      }
      if fault == .outageAtStart { fleet.beginOutage(for: outage(planned)) }
      try awaitReadiness(group)
      try awaitEndOfOutage()
    }
  }

  /// Stops pods in order and takes them out of the cluster.
  private func stop(_ nodes: [VirtualNode]) throws {
    for node in nodes { fleet.terminate(node) }
    var rest = nodes[...]
    let grace = options.gracePeriod ?? fleet.template.gracePeriod
    try self.await("the end of pods that were asked to stop", within: grace + .seconds(30)) {
      rest = rest.drop { $0.pod.map { $0.phase == .ended } ?? true }
      return rest.isEmpty
    }
    try awaitEndOfOutage()
    for node in nodes { try node.removePod() }
  }

  private func replaceAtOnce(_ planned: PlannedStep, isReboot: Bool) throws {
    try awaitEndOfOutage()
    let nodes = nodes(planned)
    for node in nodes {
      if !isReboot {
        node.pod?.kill()
        try node.removePod()
      }
      try fleet.startPod(on: node, isReboot: isReboot)
    }
    try awaitReadiness(nodes)
  }

  private func crash(_ planned: PlannedStep, _ crash: Step.Crash) throws {
    for node in nodes(planned) {
      switch crash {
      case .sync: node.pod?.crashSync()
      case .collector: node.pod?.restartCollector()
      }
    }
    try sleep(for: .milliseconds(100))
    try awaitReadiness(nodes(planned))
  }

  private func addNodes(_ count: Int) throws {
    try awaitEndOfOutage()
    let added = try (0..<count).map { _ in try fleet.addNode() }
    for node in added { try fleet.startPod(on: node) }
    try awaitReadiness(added)
  }

  /// The nodes that have been there longest go, their applications first.
  private func removeNodes(_ count: Int) throws {
    let leaving = Array(fleet.presentNodes.prefix(count))
    for node in leaving { node.endApplications() }
    try sleep(for: .seconds(1))
    try stop(leaving)
    for node in leaving { try fleet.removeNode(node) }
  }

  private func drain() throws {
    try awaitEndOfOutage()
    for node in fleet.presentNodes { node.endApplications() }
    try sleep(for: .seconds(2))
    try stop(fleet.presentNodes)
  }
}
