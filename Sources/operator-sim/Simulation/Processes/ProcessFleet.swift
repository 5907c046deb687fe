internal import FilelogContract
internal import FilelogText

/// A fleet of nodes whose pods are processes of this machine.
///
/// Everything goes on while the scenario waits for something: applications write, pods live, progress
/// is shown.
final class ProcessFleet: Fleet {
  let options: SimulationOptions
  let ledger: Ledger
  let gracePeriod: Duration
  let maxUnavailable: Int
  var record = RunRecord()
  private(set) var nodes: [ProcessNode] = []
  /// Moments of ``record`` are counted from here.
  let start = ContinuousClock.now

  private let cluster: Cluster
  private let applied: AppliedRelease
  /// Nil without a sync container.
  private let offsetsMap: OffsetsMap?
  private let backend: LogBackend
  private let progress: ScenarioProgress
  private let makeNode: (String) throws -> ProcessNode
  private let stopRequested: (Duration) -> Bool
  private var removed: Set<String> = []
  private var agenda: [(time: Duration, action: () throws -> Void)] = []
  private var isAPIServerOut = false
  private var lastTick = ContinuousClock.now
  private var nextMapSize = Duration.zero
  private var nextPodCheck = Duration.zero
  private var handovers: [Handover] = []
  /// Of the pods that were asked to stop and whose successors have not started.
  private var stops: [String: Handover.Stop] = [:]

  private static let tick = Duration.milliseconds(10)

  /// - Parameters:
  ///   - makeNode: makes a node's directories; it is registered here.
  ///   - stopRequested: waits up to the given time and returns whether the user wants to stop.
  init(
    _ options: SimulationOptions, _ applied: AppliedRelease, cluster: Cluster, ledger: Ledger,
    backend: LogBackend, progress: Progress,
    makeNode: @escaping (String) throws -> ProcessNode, stopRequested: @escaping (Duration) -> Bool
  ) throws {
    self.options = options
    self.cluster = cluster
    self.applied = applied
    self.ledger = ledger
    self.backend = backend
    self.makeNode = makeNode
    self.stopRequested = stopRequested
    let template = try applied.template()
    offsetsMap = OffsetsMap(template, namespace: applied.release.namespace)
    gracePeriod = options.gracePeriod ?? template.gracePeriod
    maxUnavailable = options.maxUnavailable ?? template.maxUnavailable(of: options.nodes)
    self.progress = ScenarioProgress(progress, options) { [start] in ContinuousClock.now - start }
    for _ in 0..<options.nodes { try addNode() }
  }

  var scenarioProgress: ScenarioProgress { progress }

  var presentNodes: [ProcessNode] { nodes.filter(isPresent) }

  func isPresent(_ node: ProcessNode) -> Bool { !removed.contains(node.name) }

  var now: Duration { ContinuousClock.now - start }

  @discardableResult
  func addNode() throws -> ProcessNode {
    let node = try makeNode("node-\(nodes.count + 1)")
    node.object = try cluster.api.create(SimulatedNodes.node(node.name))
    node.report = { [unowned self, unowned node] in note($0, on: node) }
    nodes.append(node)
    return node
  }

  func removeNode(_ node: ProcessNode) throws {
    removed.insert(node.name)
    try cluster.api.delete("Node", node.name, namespace: nil)
  }

  func setAPIServer(_ state: APIServerState) throws {
    cluster.proxy?.set(state == .behindProxy ? presentNodes.map(\.name) : nil)
    guard isAPIServerOut != (state == .away) else { return }
    isAPIServerOut.toggle()
    if isAPIServerOut { try cluster.interrupt() } else { try cluster.resume() }
  }

  func moveDirectory() throws { try applied.moveDirectory() }

  func setLogBackend(_ state: LogBackend.State) { backend.set(state) }

  func attach(_ volume: AttachedVolume) throws { try applied.attach(volume, options.attach) }

  var layout: Contract.OffsetLayout { get throws { try applied.template().layout } }

  func apply(_ layout: Contract.OffsetLayout) throws { try applied.apply(layout) }

  /// The programs of a node's pods come in turn, that of the version before first.
  func upgrade() {}

  func undoApply() throws { try applied.undo() }

  func expireTokens() throws { try cluster.expireTokens() }

  func fillMap() throws { try offsetsMap?.fill(cluster.api) }

  func emptyMap() throws { try offsetsMap?.empty(cluster.api) }

  var total: Ledger.Count { ledger.total }

  var arrivals: Int { ledger.arrivals }

  func schedule(at time: Duration, _ action: @escaping () throws -> Void) {
    agenda.append((time, action))
  }

  func advance(until condition: () throws -> Bool, orFor limit: Duration) throws -> Bool {
    let deadline = now + limit
    while try !condition() {
      guard now < deadline else { return false }
      try tick()
    }
    return true
  }

  func checkInterruption() throws { try checkInterruption(waiting: .zero) }

  private func checkInterruption(waiting time: Duration) throws {
    if stopRequested(time) { throw SimulationError.interrupted }
  }

  private func tick() throws {
    try runAgenda()
    try checkInterruption(waiting: Self.tick)
    let instant = ContinuousClock.now
    for node in presentNodes where node.applicationsRun {
      try node.applications.write(for: instant - lastTick, rate: options.rate)
    }
    lastTick = instant
    if !cluster.isEmulated { try checkPods() }
    for node in nodes {
      try node.step(now: instant)
      if let (container, restarts) = node.failure() {
        throw SimulationError(
          "\(node.name): container \(container) failed \(restarts + 1) times; "
            + "its output is in \(node.logPath(of: container))")
      }
    }
    sample()
    let total = ledger.total
    progress.show {
      "\(total.written.grouped) written, "
        + "\(total.delivered.grouped) delivered, "
        + "\(total.duplicated.grouped) duplicated"
    }
  }

  /// In an existing cluster a controller, or a user, may delete what is simulated; what is counted then
  /// means nothing.
  private func checkPods() throws {
    guard now >= nextPodCheck else { return }
    nextPodCheck = now + .seconds(2)
    for node in presentNodes { try node.requirePod() }
  }

  private func runAgenda() throws {
    let now = now
    let due = agenda.filter { $0.time <= now }.sorted { $0.time < $1.time }
    guard !due.isEmpty else { return }
    agenda.removeAll { $0.time <= now }
    for item in due { try item.action() }
  }

  private func sample() {
    let time = now
    if record.samples.last.map({ time - $0.time > .milliseconds(200) }) ?? true {
      record.samples.append(.init(time: time, count: ledger.total))
    }
    guard time >= nextMapSize, !isAPIServerOut else { return }
    if let bytes = try? offsetsMap?.size(cluster.api) {
      record.mapSizes.append(.init(time: time, bytes: bytes))
    }
    // A map of many nodes takes time to read; the simulation has better things to do.
    nextMapSize = now + max(.seconds(1), (now - time) * 20)
  }

  private func note(_ event: ProcessNode.Event, on node: ProcessNode) {
    switch event {
    case .podReady: record.podReady(node.name, at: now)
    case .podStopping:
      stops[node.name] = Handover.Stop(time: .now, committed: node.offsets)
    case .podEnded: record.podEnded(node.name, at: now)
    case .container(.exited(let container, let exit, expected: false)):
      record.crashes.append(
        .init(time: now, node: node.name, container: container, exit: "\(exit)"))
    case .container(.started(Contract.ContainerName.collector)):
      // It has not polled yet: what lies on its volume is what it goes on from.
      handovers.append(
        Handover(
          node: node.name, time: .now, found: node.offsets,
          stop: stops.removeValue(forKey: node.name)))
    case .container: break
    }
  }

  /// Where duplicates come from.
  var duplicateTrace: DuplicateTrace {
    DuplicateTrace(
      handovers: handovers,
      backendOutages: record.backendOutages.map {
        (start + $0.lowerBound)...(start + $0.upperBound)
      })
  }
}
