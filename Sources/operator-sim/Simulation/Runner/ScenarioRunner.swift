internal import SystemCalls

/// Plays a scenario's steps on a fleet, one after the other.
final class ScenarioRunner<Played: Fleet> {
  let fleet: Played
  let steps: [PlannedStep]
  let progress: ScenarioProgress
  let outage: APIOutage<Played>
  private var random: SeededRandom
  /// When the first step after the start began.
  private var origin = Duration.zero
  /// Steps of the plan that are to begin in the background.
  private var agenda = 0
  private var isMapFilled = false
  private var isDraining = false
  private var backendOutageEnd: Duration?

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
    if fleet.options.rotation == .anyMoment { for node in fleet.presentNodes { rotateLater(node) } }
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
    case .reboot: try reboot(nodes(planned))
    case .kill: try kill(nodes(planned))
    case .powerCut: try cutPower(nodes(planned))
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

  private func length(_ planned: PlannedStep) -> Duration {
    planned.length ?? fleet.options.outage
  }

  private func nodes(_ planned: PlannedStep) -> [Played.Node] {
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

  // MARK: Pods

  private func start() throws {
    for node in fleet.presentNodes {
      for _ in 0..<fleet.options.applications { try node.addApplication() }
      node.setApplications(running: true)
    }
    for node in fleet.presentNodes { try startPod(on: node) }
    try awaitReadiness(fleet.presentNodes)
  }

  private func startPod(on node: Played.Node) throws {
    fleet.record.podStarted(node.name, at: fleet.now)
    try node.startPod()
  }

  /// An init container may have to wait for the API server, and its kubelet then waits with it.
  private func awaitReadiness(_ nodes: [Played.Node]) throws {
    let limit = max(.seconds(90), .seconds(600) + (outage.end ?? fleet.now) - fleet.now)
    try fleet.advance(
      until: {
        for node in nodes where !node.isPodReady { return false }
        return true
      }, within: limit, "all containers running")
  }

  /// Stops pods in order and waits for their end.
  private func stopPods(_ nodes: [Played.Node]) throws {
    for node in nodes {
      fleet.record.podStopping(node.name, at: fleet.now)
      node.terminatePod(grace: fleet.gracePeriod)
    }
    try fleet.advance(
      until: {
        for node in nodes where !node.hasPodEnded { return false }
        return true
      }, within: fleet.gracePeriod + .seconds(30), "the end of pods that were asked to stop")
  }

  /// Replaces all pods, so many at once as the DaemonSet lets be unavailable.
  private func rollOut(_ planned: PlannedStep, _ fault: Step.RolloutFault) throws {
    let label = progress.activity
    var rest = nodes(planned)[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(fleet.maxUnavailable))
      rest = rest.dropFirst(group.count)
      progress.activity = "\(label), \(group.map(\.name).joined(separator: ", "))"
      if fault == .outageAtShutdown { try outage.begin(for: length(planned)) }
      if fault == .backendOutage { try interruptBackend(for: length(planned)) }
      if fault == .slowBackend { try slowBackend() }
      try stopPods(group)
      try outage.awaitEnd()
      for node in group { try node.removePod() }
      if fault == .rotations { try rotateInGap(group) }
      for node in group {
        // An application whose first lines are written while no collector runs.
        try node.addApplication()
        try startPod(on: node)
      }
      if fault == .outageAtStart { try outage.begin(for: length(planned)) }
      try awaitReadiness(group)
      try outage.awaitEnd()
      try awaitBackend()
      if fault == .slowBackend { fleet.setLogBackend(.healthy) }
    }
  }

  /// Every log file is rotated several times while no collector runs, with lines in between.
  private func rotateInGap(_ nodes: [Played.Node]) throws {
    for _ in 0..<Step.rotationsInGap {
      // Names of rotated files tell seconds.
      try fleet.advance(for: .milliseconds(1100))
      for node in nodes {
        for application in 0..<node.applicationCount { try node.rotateLog(of: application) }
      }
    }
    try fleet.advance(for: .milliseconds(500))
  }

  private func reboot(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    for node in nodes {
      node.killPod()
      fleet.record.podStarted(node.name, at: fleet.now)
      try node.restartPod()
    }
    try awaitReadiness(nodes)
  }

  /// What the disk has of a database is partly from a second before.
  private func cutPower(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    let earlier = nodes.map { $0.databases() }
    try fleet.advance(for: .seconds(1))
    for (node, earlier) in zip(nodes, earlier) {
      node.killPod()
      try node.tearDatabases(earlier, random: &random)
      fleet.record.podStarted(node.name, at: fleet.now)
      try node.restartPod()
    }
    try awaitReadiness(nodes)
  }

  private func kill(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    for node in nodes {
      node.killPod()
      try node.removePod()
      try startPod(on: node)
    }
    try awaitReadiness(nodes)
  }

  private func crash(
    _ nodes: [Played.Node], _ crash: Step.Crash, _ length: Duration
  ) throws {
    for node in nodes { try node.crash(crash, downFor: crash == .collectorBackoff ? length : nil) }
    if crash == .collectorBackoff {
      try fleet.advance(for: length / 2)
      for node in nodes {
        for application in 0..<node.applicationCount { try node.rotateLog(of: application) }
      }
      try fleet.advance(for: length / 2)
    }
    try fleet.advance(for: .milliseconds(100))
    try awaitReadiness(nodes)
  }

  // MARK: Nodes

  private func addNodes(_ count: Int) throws {
    try outage.awaitEnd()
    let added = try (0..<count).map { _ in try fleet.addNode() }
    for node in added {
      for _ in 0..<fleet.options.applications { try node.addApplication() }
      node.setApplications(running: true)
      if fleet.options.rotation == .anyMoment { rotateLater(node) }
      try startPod(on: node)
    }
    try awaitReadiness(added)
  }

  /// The nodes that have been there longest go, their applications first.
  private func removeNodes(_ count: Int) throws {
    let leaving = Array(fleet.presentNodes.prefix(count))
    for node in leaving { node.setApplications(running: false) }
    try fleet.advance(for: .seconds(1))
    try stopPods(leaving)
    try outage.awaitEnd()
    for node in leaving {
      try node.removePod()
      try fleet.removeNode(node)
    }
  }

  // MARK: Logs

  /// Half-way, every node's kubelet rotates one log file. What it held must arrive before the next
  /// disturbance: no collector finds a rotated file again.
  private func live(_ time: Duration) throws {
    let began = fleet.now
    guard fleet.options.rotation == .halfway else {
      try fleet.advance(for: time)
      fleet.record.undisturbed.append(began...fleet.now)
      return
    }
    try fleet.advance(for: time / 2)
    try rotateLogs()
    try fleet.advance(for: time / 2)
    // Where records may be lost, some never arrive. After an outage a collector may take a while
    // until it tries again.
    let patience: Duration =
      ExpectedLoss(fleet.options).map { $0.lost > 0 } == true
      ? .seconds(2)
      : steps.contains { $0.step == .rollout(.backendOutage) }
        ? .seconds(60) : .seconds(10)
    _ = try fleet.advance(until: { fleet.areRotatedFilesRead }, orFor: patience)
    fleet.record.undisturbed.append(began...fleet.now)
  }

  /// One log file of a node is rotated after a time drawn by chance, and so on while applications
  /// write, whatever becomes of the pod meanwhile.
  private func rotateLater(_ node: Played.Node) {
    let mean = max(fleet.options.life, .seconds(2))
    let pause = mean * Double.random(in: 0.5...1.5, using: &random)
    fleet.schedule(at: fleet.now + pause) { [self] in
      guard !isDraining, fleet.presentNodes.contains(where: { $0 === node }) else { return }
      if node.applicationCount > 0 {
        try node.rotateLog(of: Int.random(in: 0..<node.applicationCount, using: &random))
      }
      rotateLater(node)
    }
  }

  private func rotateLogs() throws {
    for node in fleet.presentNodes where node.applicationCount > 0 { try node.rotateLog(of: 0) }
  }

  /// The backend goes away at a moment drawn by chance: well before the pods are asked to stop, so
  /// that it is back by then, or so much that receivers stand still, or just after.
  private func interruptBackend(for length: Duration) throws {
    var random = SeededRandom(
      seed: fleet.options.seed &+ UInt64(fleet.record.backendOutages.count))
    let lead = Double.random(in: -0.1...1.2, using: &random)
    let begin = fleet.now + max(.zero, length * -lead)
    let end = begin + length
    backendOutageEnd = end
    fleet.record.backendOutages.append(begin...end)
    fleet.schedule(at: begin) { [fleet] in fleet.setLogBackend(.down) }
    fleet.schedule(at: end) { [self] in
      fleet.setLogBackend(.healthy)
      backendOutageEnd = nil
    }
    try fleet.advance(for: length * lead)
  }

  /// Long enough for a record whose end does not come to be older than receivers wait for it, at a
  /// moment drawn by chance.
  private func slowBackend() throws {
    fleet.setLogBackend(.slow(.milliseconds(400)))
    try fleet.advance(for: .milliseconds(Int.random(in: 1000...3000, using: &random)))
  }

  private func awaitBackend() throws {
    try fleet.advance(
      until: { backendOutageEnd == nil }, within: .seconds(90_000), "the end of the outage")
  }

  /// Applications stop writing; what is on its way arrives, until nothing has come for five seconds.
  /// Then the pods stop, and what that may still send arrives too.
  private func drain() throws {
    try fleet.advance(until: { agenda == 0 }, within: .seconds(90_000), "everything planned")
    try outage.awaitEnd()
    try awaitBackend()
    isDraining = true
    for node in fleet.presentNodes { node.setApplications(running: false) }
    var arrivals = -1
    var lastArrival = fleet.now
    try fleet.advance(
      until: {
        if fleet.arrivals != arrivals {
          arrivals = fleet.arrivals
          lastArrival = fleet.now
        }
        let total = fleet.total
        return total.delivered == total.written || fleet.now - lastArrival > .seconds(5)
      }, within: .seconds(120), "the arrival of all records")
    try stopPods(fleet.presentNodes)
    for node in fleet.presentNodes { try node.removePod() }
  }

  // MARK: API server

  /// Sidecars meet 401s until the kubelets have renewed the tokens.
  private func expireTokens() throws {
    try fleet.expireTokens()
    renewTokens(at: fleet.now + .seconds(2))
  }

  private func renewTokens(at time: Duration) {
    fleet.schedule(at: time) { [self] in
      guard outage.end == nil else { return renewTokens(at: fleet.now + .milliseconds(100)) }
      for node in fleet.presentNodes { try node.renewToken() }
    }
  }

  private func fillMap() throws {
    guard !isMapFilled else { return }
    isMapFilled = true
    fleet.record.fullMap.append(fleet.now...fleet.now)
    // More files make snapshots grow, as in a cluster that fills its map.
    for node in fleet.presentNodes { try node.addApplication() }
    try keepMapFull()
  }

  /// Again and again: a snapshot that shrinks by a byte would make room for one that grows.
  private func keepMapFull() throws {
    guard isMapFilled else { return }
    if outage.end == nil { try fleet.fillMap() }
    fleet.schedule(at: fleet.now + .milliseconds(500)) { [self] in try keepMapFull() }
  }

  private func emptyMap() throws {
    isMapFilled = false
    if let began = fleet.record.fullMap.popLast()?.lowerBound {
      fleet.record.fullMap.append(began...fleet.now)
    }
    try fleet.emptyMap()
  }
}
