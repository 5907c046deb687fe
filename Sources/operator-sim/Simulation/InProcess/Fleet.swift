internal import JSON
internal import SystemCalls

/// All nodes of a simulation in virtual time, and what happens to them.
final class Fleet {
  let options: SimulationOptions
  let time: VirtualTime
  let api: InProcessAPI
  private(set) var nodes: [VirtualNode] = []
  private(set) var record = RunRecord()
  private(set) var offsetsMap: OffsetsMap?
  let template: PodTemplate
  private var surroundings: VirtualNode.Surroundings?
  private var random: SeededRandom
  private var outageEnd: Duration?
  private var isFilled = false
  private var applicationsRun = false
  /// The latest pod of each node in ``record``.
  private var currentPods: [Int: Int] = [:]

  init(_ options: SimulationOptions) throws {
    self.options = options
    var random = SeededRandom(seed: options.seed)
    time = VirtualTime()
    api = try InProcessAPI(time, seed: random.next())
    self.random = random
    let manifests = try options.render(
      "http://127.0.0.1:4318", SimulationOptions.applicationNamespaces)
    let release = try ClusterSetUp.Release(manifests)
    try ClusterSetUp.apply(manifests, of: release, to: api.api)
    guard
      let object = try api.api.get(
        "DaemonSet", release.daemonSet, namespace: release.namespace)
    else { throw SimulationError("DaemonSet \(release.daemonSet) is gone") }
    template = try PodTemplate(daemonSet: object)
    offsetsMap = OffsetsMap(template, namespace: release.namespace)
    let clusterAPI = api.api
    surroundings = VirtualNode.Surroundings(
      world: VirtualPod.World(
        time: time, api: api, options: options,
        isNativeSidecar: template.initContainers.contains { $0.isSidecar },
        collectorDelay: { options.collectorDelay }),
      daemonSet: (release.daemonSet, release.namespace),
      object: { try clusterAPI.get($0, $1, namespace: release.namespace) },
      report: { [unowned self] in note($0, $1) })
    for _ in 0..<options.nodes { try addNode() }
  }

  var presentNodes: [VirtualNode] { nodes.filter(\.isPresent) }

  /// Registers another node with its applications; it has no pod yet.
  @discardableResult
  func addNode() throws -> VirtualNode {
    guard let surroundings else { preconditionFailure("nodes come after their surroundings") }
    let name = "node-\(nodes.count + 1)"
    try api.api.create([
      "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)],
    ])
    let node = VirtualNode(
      name, index: nodes.count, template: template, surroundings: surroundings,
      random: random.branch())
    nodes.append(node)
    if applicationsRun { startApplications(on: node) }
    return node
  }

  func startApplications() {
    applicationsRun = true
    for node in nodes { startApplications(on: node) }
  }

  private func startApplications(on node: VirtualNode) {
    for _ in 0..<options.applications { node.addApplication() }
  }

  func startPod(on node: VirtualNode, isReboot: Bool = false) throws {
    currentPods[node.index] = record.pods.count
    record.pods.append(RunRecord.Pod(node: node.name, started: time.now))
    if isReboot { try node.reboot() } else { try node.startPod() }
  }

  func terminate(_ node: VirtualNode) {
    change(node) { $0.stopping = time.now }
    node.pod?.terminate(grace: options.gracePeriod ?? template.gracePeriod)
  }

  /// A node disappears with its pod, its volumes and its log files.
  func removeNode(_ node: VirtualNode) throws {
    // Whoever takes a node away drains it first.
    try node.removePod()
    node.isPresent = false
    try api.api.delete("Node", node.name, namespace: nil)
  }

  func beginOutage(for length: Duration) {
    let end = time.now + length
    if let outageEnd, outageEnd >= end { return }
    if outageEnd == nil { record.outages.append(time.now...end) }
    outageEnd = end
    api.isOut = true
    time.at(end) { [self] in
      guard outageEnd == end else { return }
      outageEnd = nil
      api.isOut = false
      if let began = record.outages.popLast()?.lowerBound { record.outages.append(began...end) }
    }
  }

  func expireTokens() {
    api.expireTokens()
    time.after(.seconds(2)) { [self] in
      for node in presentNodes { try? node.renewToken() }
    }
  }

  /// Again and again: a snapshot that shrinks by a byte would make room for one that grows.
  func fillMap() throws {
    isFilled = true
    for node in presentNodes { node.addApplication() }
    try keepFull()
  }

  private func keepFull() throws {
    guard isFilled else { return }
    try offsetsMap?.fill(api.api)
    time.after(.milliseconds(500)) { [self] in try? keepFull() }
  }

  func emptyMap() throws {
    isFilled = false
    try offsetsMap?.empty(api.api)
  }

  /// Notes how many records are on their way, and how large the map is.
  func sample() {
    let now = time.now
    var count = Ledger.Count()
    for node in nodes {
      for file in node.files {
        count.written += file.lines(at: now)
        count.delivered += file.deliveredCount
      }
      count.delivered += node.pod?.arrived(now) ?? 0
    }
    record.samples.append(World.Sample(time: now, count: count))
  }

  func sampleMap() {
    // With a map for each node there is none that could fill.
    guard let bytes = try? offsetsMap?.size(api.api), bytes > 0 else { return }
    record.mapSizes.append(World.MapSize(time: time.now, bytes: bytes))
  }

  private func note(_ node: VirtualNode, _ event: VirtualPod.Event) {
    switch event {
    case .ready: change(node) { $0.ready = time.now }
    case .ended: change(node) { $0.ended = time.now }
    case .failed(let container):
      record.crashes.append(
        .init(time: time.now, node: node.name, text: "\(container) ended with exit code 1"))
    case .complaint: break
    case .repeated(let lines, let since):
      record.faults.append(
        .init(time: since, node: node.name, kind: .duplicated, records: lines))
    }
  }

  private func change(_ node: VirtualNode, _ change: (inout RunRecord.Pod) -> Void) {
    if let index = currentPods[node.index] { change(&record.pods[index]) }
  }
}
