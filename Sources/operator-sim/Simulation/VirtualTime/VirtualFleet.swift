internal import FilelogContract
internal import FilelogSystemCalls

/// A fleet of nodes in virtual time: the sidecar's own code on threads that take turns.
final class VirtualFleet: Fleet {
  private(set) var options: SimulationOptions
  let time: VirtualTime
  let api: InProcessAPI
  let gracePeriod: Duration
  let maxUnavailable: Int
  var record = RunRecord()
  private(set) var nodes: [VirtualNode] = []
  /// What the scenario is played on.
  var director: VirtualThread?
  /// Whether the user wants to stop, as far as was asked.
  private(set) var isInterrupted = false
  /// Why something that was scheduled failed; it ends the simulation.
  private(set) var failure: (any Error)?

  private let applied: AppliedRelease
  /// Whether new pods are of the version before.
  private var isVersionBefore: Bool
  private let offsetsMap: OffsetsMap?
  private var context: VirtualNode.Context?
  private var random: SeededRandom
  private let stopRequested: (Duration) -> Bool

  init(
    _ options: SimulationOptions, stopRequested: @escaping (Duration) -> Bool = { _ in false }
  ) throws {
    self.options = options
    self.stopRequested = stopRequested
    var random = SeededRandom(seed: options.seed)
    let time = VirtualTime()
    self.time = time
    api = try InProcessAPI(time, seed: random.next())
    self.random = random
    let render = options.render
    applied = try AppliedRelease(api.api) {
      try render("http://127.0.0.1:4318", SimulationOptions.applicationNamespaces, $0)
    }
    try applied.apply()
    let template = try applied.template()
    self.options.deliversAtLeastOnce = template.deliversAtLeastOnce
    gracePeriod = options.gracePeriod ?? template.gracePeriod
    // A tenth of the nodes, unless the options choose.
    maxUnavailable = options.maxUnavailable ?? max(1, options.nodes / 10)
    offsetsMap = OffsetsMap(template, namespace: applied.release.namespace)
    let applied = applied
    isVersionBefore = options.plan.steps.contains { $0.step == .upgrade }
    let clusterAPI = api.api
    context = VirtualNode.Context(
      pods: VirtualPod.Context(
        time: time, api: api, options: self.options,
        isNativeSidecar: template.initContainers.contains { $0.isSidecar }),
      applied: applied, isVersionBefore: { [unowned self] in isVersionBefore },
      object: { try clusterAPI.get($0, $1, namespace: applied.release.namespace) },
      report: { [unowned self] in note($0, $1) })
    for _ in 0..<options.nodes { try addNode() }
  }

  var presentNodes: [VirtualNode] { nodes.filter(\.isPresent) }

  func isPresent(_ node: VirtualNode) -> Bool { node.isPresent }

  var now: Duration { time.now }

  @discardableResult
  func addNode() throws -> VirtualNode {
    try checkInterruption()
    guard let context else { preconditionFailure("nodes come after their context") }
    let name = "node-\(nodes.count + 1)"
    try api.api.create(SimulatedNodes.node(name))
    let node = VirtualNode(
      name, index: nodes.count, context: context, random: random.branch())
    nodes.append(node)
    return node
  }

  func removeNode(_ node: VirtualNode) throws {
    node.isPresent = false
    try api.api.delete("Node", node.name, namespace: nil)
  }

  func setAPIServer(_ state: APIServerState) {
    api.isOut = state == .away
    api.proxy.set(state == .behindProxy ? presentNodes.map(\.name) : nil)
  }

  func moveDirectory() throws { try applied.moveDirectory() }

  /// The model of a collector has none that could be away or slow.
  func setLogBackend(_ state: LogBackend.State) {}

  /// Its scenario needs processes.
  func attach(_ volume: AttachedVolume) {}

  var layout: Contract.OffsetLayout { get throws { try applied.template().layout } }

  func apply(_ layout: Contract.OffsetLayout) throws { try applied.apply(layout) }

  func upgrade() { isVersionBefore = false }

  func undoApply() throws { try applied.undo() }

  func expireTokens() { api.expireTokens() }

  func fillMap() throws { try offsetsMap?.fill(api.api) }

  func emptyMap() throws { try offsetsMap?.empty(api.api) }

  var total: Ledger.Count {
    var count = Ledger.Count()
    for node in nodes {
      for file in node.files {
        count.written += file.records(at: time.now)
        count.delivered += file.deliveredCount
        count.duplicated += file.duplicated
      }
      count.delivered += node.pod?.arrived(time.now) ?? 0
    }
    return count
  }

  var arrivals: Int { total.delivered }

  func checkInterruption() throws {
    if !isInterrupted { isInterrupted = stopRequested(.zero) }
    if isInterrupted { throw SimulationError.interrupted }
  }

  func schedule(at moment: Duration, _ action: @escaping () throws -> Void) {
    time.at(moment) { [self] in
      guard failure == nil else { return }
      do { try action() } catch { failure = error }
    }
  }

  func advance(until condition: () throws -> Bool, orFor limit: Duration) throws -> Bool {
    let deadline = now + limit
    while try !condition() {
      guard now < deadline else { return false }
      // What is waited for is looked at ten times a second.
      _ = director?.sleep(until: min(deadline, now + .milliseconds(100)))
      if director?.isKilled ?? true { throw failure ?? SimulationError.interrupted }
    }
    return true
  }

  /// Notes how many records are on their way.
  func sample() {
    var count = total
    count.duplicated = 0
    record.samples.append(.init(time: time.now, count: count))
  }

  /// Notes how large the map is.
  func sampleMap() {
    // With a map for each node there is none that could fill.
    guard let bytes = try? offsetsMap?.size(api.api), bytes > 0 else { return }
    record.mapSizes.append(.init(time: time.now, bytes: bytes))
  }

  private func note(_ node: VirtualNode, _ event: VirtualPod.Event) {
    switch event {
    case .ready: record.podReady(node.name, at: time.now)
    case .ended: record.podEnded(node.name, at: time.now)
    case .failed(let container):
      record.crashes.append(
        .init(time: time.now, node: node.name, container: container, exit: "exit code 1"))
    case .complaint: break
    case .repeated(let lines, let since):
      record.faults.append(
        .init(time: since, node: node.name, kind: .duplicated, records: lines))
    }
  }
}
