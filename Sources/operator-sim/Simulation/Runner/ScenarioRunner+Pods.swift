internal import FilelogContract
internal import FilelogSystemCalls
internal import FilelogText

/// What happens to pods and nodes.
extension ScenarioRunner {
  func start() throws {
    for node in fleet.presentNodes {
      for _ in 0..<fleet.options.applications { try node.addApplication() }
      node.setApplications(running: true)
    }
    let nodes = fleet.presentNodes
    for (index, node) in nodes.enumerated() {
      try startPod(on: node)
      progress.show { "\((index + 1).grouped) of \(nodes.count.grouped) pods" }
    }
    try awaitReadiness(nodes)
  }

  func startPod(on node: Played.Node) throws {
    try fleet.checkInterruption()
    fleet.record.podStarted(node.name, at: fleet.now)
    try node.startPod()
  }

  /// As after a reboot of the node.
  private func restartPod(on node: Played.Node) throws {
    try fleet.checkInterruption()
    fleet.record.podStarted(node.name, at: fleet.now)
    try node.restartPod()
  }

  /// An init container may have to wait for the API server, and its kubelet then waits with it.
  func awaitReadiness(_ nodes: [Played.Node]) throws {
    let limit = max(.seconds(90), .seconds(600) + (outage.end ?? fleet.now) - fleet.now)
    try fleet.advance(
      until: {
        for node in nodes where !node.isPodReady { return false }
        return true
      }, within: limit, "all containers running")
  }

  /// Stops pods in order and waits for their end.
  func stopPods(_ nodes: [Played.Node]) throws {
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
  func rollOut(_ planned: PlannedStep, _ fault: Step.RolloutFault) throws {
    let label = progress.activity
    if fault == .movedDirectory { try fleet.moveDirectory() }
    var rest = nodes(planned)[...]
    while !rest.isEmpty {
      let group = Array(rest.prefix(fleet.maxUnavailable))
      let done = nodes(planned).count - rest.count
      rest = rest.dropFirst(group.count)
      let names = group.prefix(3).map(\.name).joined(separator: ", ")
      progress.activity =
        "\(label), \(names)" + (group.count > 3 ? ", … (\(group.count) nodes)" : "")
      if fault == .outageAtShutdown { try outage.begin(for: length(planned)) }
      if fault == .backendOutage { try interruptBackend(for: length(planned)) }
      if fault == .slowBackend { try slowBackend() }
      if fault == .rotations { rotateWhileStopping(group) }
      try replacePods(group) {
        if fault == .rotations { try self.rotateInGap(group) }
        if case .damage(let damage) = fault { try self.damage(group, damage, after: done) }
      }
      if fault == .outageAtStart { try outage.begin(for: length(planned)) }
      if fault == .proxyAnswers { try outage.begin(for: length(planned), as: .behindProxy) }
      try awaitReadiness(group)
      try outage.awaitEnd()
      try awaitBackend()
      if fault == .slowBackend { fleet.setLogBackend(.healthy) }
    }
  }

  /// - Parameter gap: what happens while there is no pod.
  func replacePods(_ group: [Played.Node], gap: () throws -> Void = {}) throws {
    try stopPods(group)
    try outage.awaitEnd()
    for node in group { try node.removePod() }
    try gap()
    for node in group {
      // An application whose first lines are written while no collector runs.
      try node.addApplication()
      try startPod(on: node)
    }
  }

  /// Replaces what is stored for nodes, of hostile payloads for every other one: the rest must not
  /// notice.
  private func damage(
    _ nodes: [Played.Node], _ damage: Step.StoredDamage, after done: Int
  ) throws {
    for (index, node) in nodes.enumerated() {
      if damage == .hostilePayload {
        guard (done + index).isMultiple(of: 2) else { continue }
        fleet.record.forgotten.append((node.name, fleet.now))
      }
      try node.damageStored(damage, turn: damaged)
      damaged += 1
    }
  }

  var otherLayout: Contract.OffsetLayout {
    get throws { try fleet.layout == .shared ? .perNode : .shared }
  }

  /// A switch of layouts that the user takes back, at any moment.
  func undoSwitch() throws {
    try fleet.apply(try otherLayout)
    var replaced: [Played.Node] = []
    for node in fleet.presentNodes.prefix(
      Int.random(in: 1...fleet.presentNodes.count, using: &random))
    {
      if let last = replaced.last { try awaitReadiness([last]) }
      try replacePods([node])
      replaced.append(node)
    }
    // The last one may not even have started.
    let time = fleet.options.life + .seconds(2)
    try fleet.advance(for: time * Double.random(in: 0..<1, using: &random))
    try fleet.undoApply()
    for node in replaced {
      try replacePods([node])
      try awaitReadiness([node])
    }
  }

  /// Every log file is rotated twice while pods stop: after their collectors' last looks at files, as far
  /// as those take their time for the last commit.
  private func rotateWhileStopping(_ nodes: [Played.Node]) {
    for pause in [Duration.milliseconds(200), .milliseconds(1300)] {
      fleet.schedule(at: fleet.now + pause) {
        for node in nodes where !node.hasPodEnded {
          for application in 0..<node.applicationCount { try node.rotateLog(of: application) }
        }
      }
    }
  }

  /// Every log file is rotated several times while no collector runs, with lines in between.
  func rotateInGap(_ nodes: [Played.Node]) throws {
    for _ in 0..<Step.rotationsInGap {
      // Names of rotated files tell seconds.
      try fleet.advance(for: .milliseconds(1100))
      for node in nodes {
        for application in 0..<node.applicationCount { try node.rotateLog(of: application) }
      }
    }
    try fleet.advance(for: .milliseconds(500))
  }

  func reboot(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    for node in nodes {
      node.killPod()
      try restartPod(on: node)
    }
    try awaitReadiness(nodes)
  }

  /// What the disk has of a database is partly from a second before, when receivers knew one file less.
  /// They know so many that their list takes several pages.
  func cutPower(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    for node in nodes {
      for _ in 1..<Step.powerCut.addedApplications { try node.addApplication() }
    }
    try fleet.advance(for: .seconds(2))
    let earlier = nodes.map { $0.databases() }
    for node in nodes { try node.addApplication() }
    try fleet.advance(for: .seconds(1))
    for (node, earlier) in zip(nodes, earlier) {
      node.killPod()
      try node.losePower(earlier, random: &random)
      try restartPod(on: node)
    }
    try awaitReadiness(nodes)
  }

  /// What is stored stays older than what lies on the volume, and has larger transaction ids.
  func compact(_ nodes: [Played.Node], _ length: Duration) throws {
    try outage.begin(for: length)
    for node in nodes { try node.crash(.collector, downFor: .milliseconds(1600)) }
    // As the next one opens them: the sync container has long seen that none runs.
    fleet.schedule(at: fleet.now + .milliseconds(1550)) {
      for node in nodes { try node.compactDatabases() }
    }
    // Not so long that the ids catch up.
    try fleet.advance(for: min(length, fleet.options.life))
    for node in nodes { node.killPod() }
    try reboot(nodes)
  }

  func kill(_ nodes: [Played.Node]) throws {
    try outage.awaitEnd()
    for node in nodes {
      node.killPod()
      try node.removePod()
      try startPod(on: node)
    }
    try awaitReadiness(nodes)
  }

  /// What was read during the outage is in nothing but the queue and the log files.
  func killWithBusyQueue(_ nodes: [Played.Node], _ length: Duration) throws {
    let began = fleet.now
    fleet.setLogBackend(.down)
    try fleet.advance(for: length)
    try kill(nodes)
    fleet.setLogBackend(.healthy)
    fleet.record.backendOutages.append(began...fleet.now)
  }

  func crash(
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

  func addNodes(_ count: Int) throws {
    try outage.awaitEnd()
    let added = try (0..<count).map { _ in try fleet.addNode() }
    for node in added {
      for _ in 0..<fleet.options.applications { try node.addApplication() }
      node.setApplications(running: true)
      rotateLater(node)
      try startPod(on: node)
    }
    try awaitReadiness(added)
  }

  /// The nodes that have been there longest go, their applications first.
  func removeNodes(_ count: Int) throws {
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
}
