internal import DesiredState

/// Plays a scenario's steps, one after the other.
struct ScenarioRunner {
  let world: World
  let steps: [Step]
  let progress: ScenarioProgress
  /// The pods' grace period.
  let grace: Duration

  func run() throws {
    for (index, step) in steps.enumerated() {
      try run(step, label(index))
      progress.finishStep()
    }
  }

  /// About how long a step takes, for showing progress.
  static func expected(_ step: Step, nodes: Int) -> Duration {
    switch step {
    case .start, .reboot, .kill, .crash: .milliseconds(500) + .milliseconds(150) * nodes
    case .live(let time): time
    case .rollout: .milliseconds(1200) * nodes
    case .drain: .seconds(2) + .milliseconds(150) * nodes
    }
  }

  private func run(_ step: Step, _ label: String) throws {
    world.activity = label
    switch step {
    case .start: try start()
    case .live(let time): try live(time)
    case .rollout: try rollOut(label)
    case .reboot: try reboot()
    case .kill: try kill()
    case .crash(let crash): try self.crash(crash)
    case .drain: try drain()
    }
  }

  private func label(_ index: Int) -> String {
    let (name, isRepeated): (String, Bool) =
      switch steps[index] {
      case .start: ("starting", false)
      case .live: ("running", false)
      case .rollout: ("rollout", true)
      case .reboot: ("reboot", true)
      case .kill: ("kill", true)
      case .crash(.sync): ("sidecar crash", true)
      case .crash(.collector): ("collector crash", true)
      case .drain: ("draining", false)
      }
    guard isRepeated else { return name }
    let number = steps[...index].filter { $0 == steps[index] }.count
    return "\(name) \(number) of \(steps.filter { $0 == steps[index] }.count)"
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
    try? world.advance(
      until: { hasArrived(rotated) }, within: .seconds(10), "the end of rotated files arriving")
  }

  private func hasArrived(_ files: [RecordIdentity.File]) -> Bool {
    let counts = world.ledger.counts
    return files.allSatisfy { counts[$0].map { $0.delivered == $0.written } ?? true }
  }

  private func rollOut(_ label: String) throws {
    for node in world.nodes {
      world.activity = "\(label), \(node.name)"
      try world.stopPod(on: node, grace: grace)
      try node.removePod()
      // An application whose first lines are written while no collector runs.
      try node.applications.addPod()
      try world.startPod(on: node)
      try world.awaitReadiness(of: node)
    }
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
    for node in world.nodes { node.pod?.terminate(now: .now, grace: grace) }
    try world.advance(
      until: { world.nodes.allSatisfy { $0.pod?.phase == .ended } },
      within: grace + .seconds(10), "all pods ended")
    for node in world.nodes { try node.removePod() }
  }
}
