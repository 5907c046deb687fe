internal import Contract
internal import DesiredState

/// Everything that goes on at the same time while a scenario waits for something: applications write,
/// pods live, progress is shown.
final class World {
  let options: SimulationOptions
  let nodes: [SimulatedNode]
  let ledger: Ledger
  private(set) var timeline = Timeline()
  private(set) var samples: [Sample] = []
  /// How full the offsets map was, now and then.
  private(set) var mapSizes: [MapSize] = []

  struct Sample {
    var time: Duration
    var count: Ledger.Count
  }

  struct MapSize {
    var time: Duration
    var bytes: Int
  }

  /// What somebody does to the cluster again and again, twice a second.
  var upkeep: (() throws -> Void)?
  /// Whether applications write.
  var applicationsRun = false
  /// What is shown beside the figures.
  var activity = "" {
    didSet { progress.activity = activity }
  }

  private let mapSize: () -> Int?
  private let stopRequested: (Duration) -> Bool
  private let progress: ScenarioProgress
  private var lastTick = ContinuousClock.now
  private var nextMapSize = ContinuousClock.now
  private var lastUpkeep = ContinuousClock.now
  private let backend: LogBackend
  /// When the log backend was taken away.
  private(set) var backendOutages: [ClosedRange<ContinuousClock.Instant>] = []
  private var backendOutage: (begin: ContinuousClock.Instant, end: ContinuousClock.Instant)?
  private var handovers: [Handover] = []
  /// Of the pods that were asked to stop and whose successors have not started.
  private var stops: [String: Handover.Stop] = [:]
  private var outage: (cluster: Cluster, end: ContinuousClock.Instant)?
  private var scenarioBegan = ContinuousClock.now
  /// What is to happen in the background, in no order.
  private var agenda: [(time: Duration, action: () throws -> Void)] = []

  /// How long a pod has to run before it counts as ready.
  static let settling = Duration.milliseconds(500)
  private static let tick = Duration.milliseconds(10)

  /// - Parameters:
  ///   - mapSize: bytes in the offsets map; nil when it cannot be told.
  ///   - stopRequested: waits up to the given time and says whether the user wants to stop.
  init(
    options: SimulationOptions, nodes: [SimulatedNode], ledger: Ledger,
    progress: ScenarioProgress, backend: LogBackend, mapSize: @escaping () -> Int?,
    stopRequested: @escaping (Duration) -> Bool
  ) {
    self.options = options
    self.nodes = nodes
    self.ledger = ledger
    self.progress = progress
    self.backend = backend
    self.mapSize = mapSize
    self.stopRequested = stopRequested
  }

  /// Lets everything go on until a condition holds.
  /// - Throws: ``SimulationError`` when it does not hold in time, a container fails again and again,
  ///   or the user interrupts.
  func advance(
    until condition: () throws -> Bool, within limit: Duration, _ what: String
  ) throws {
    guard try advance(until: condition, orFor: limit) else {
      throw SimulationError("\(what) did not happen within \(limit)")
    }
  }

  /// Lets everything go on until a condition holds or the time is over.
  /// - Returns: whether it holds.
  func advance(until condition: () throws -> Bool, orFor limit: Duration) throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try !condition() {
      guard ContinuousClock.now < deadline else { return false }
      try tick()
    }
    return true
  }

  /// Lets everything go on for a while.
  func advance(for time: Duration) throws {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end { try tick() }
  }

  func startPod(on node: SimulatedNode) throws {
    timeline.add(.podStarted, node: node.name)
    try node.startPod { [weak self, weak node] event in node.map { self?.note(event, on: $0) } }
  }

  func restartPod(on node: SimulatedNode) throws {
    timeline.add(.podStarted, node: node.name)
    try node.restartPod { [weak self, weak node] event in node.map { self?.note(event, on: $0) } }
  }

  /// Waits until a node's pod is ready.
  func awaitReadiness(of node: SimulatedNode) throws {
    try advance(
      until: { node.pod?.isReady(now: .now, settledFor: Self.settling) ?? false },
      within: .seconds(90), "\(node.name): all containers running")
    timeline.add(.podReady, node: node.name)
  }

  /// Stops the pods of some nodes in order and waits for their end.
  func stopPods(on nodes: [SimulatedNode], grace: Duration) throws {
    for node in nodes {
      timeline.add(.podStopping, node: node.name)
      stops[node.name] = Handover.Stop(time: .now, committed: node.offsets)
      node.pod?.terminate(now: .now, grace: grace)
    }
    var running = nodes
    try advance(
      until: {
        for node in running where node.pod?.phase == .ended {
          timeline.add(.podEnded, node: node.name)
        }
        running.removeAll { $0.pod?.phase == .ended }
        return running.isEmpty
      }, within: grace + .seconds(30), "the end of pods that were asked to stop")
  }

  /// Takes the API server away for a while; it comes back while everything else goes on.
  func interrupt(_ cluster: Cluster, for time: Duration) throws {
    try awaitEndOfOutage()
    try cluster.interrupt()
    timeline.add(.outageBegan, node: "")
    outage = (cluster, .now + time)
  }

  /// Takes the log backend away for a while, from some moment on.
  func interruptBackend(after delay: Duration, for time: Duration) {
    let begin = ContinuousClock.now + delay
    backendOutage = (begin, begin + time)
    backendOutages.append(begin...(begin + time))
  }

  private func playBackendOutage(_ now: ContinuousClock.Instant) {
    guard let backendOutage else { return }
    backend.setDown(now >= backendOutage.begin && now < backendOutage.end)
    if now >= backendOutage.end { self.backendOutage = nil }
  }

  /// Waits until the API server and the log backend are back.
  func awaitEndOfOutage() throws {
    try advance(
      until: { outage == nil && backendOutage == nil }, within: .seconds(90_000),
      "the end of the outage")
  }

  /// From here on ``scenarioTime`` counts.
  func beginScenario() { scenarioBegan = .now }

  var scenarioTime: Duration { ContinuousClock.now - scenarioBegan }

  /// Lets something happen at a time of the scenario, whatever goes on then.
  func schedule(at time: Duration, _ action: @escaping () throws -> Void) {
    agenda.append((time, action))
  }

  /// Waits until everything has happened that was scheduled.
  func awaitAgenda() throws {
    _ = try advance(until: { agenda.isEmpty }, orFor: .seconds(86_400))
  }

  private func runAgenda() throws {
    let now = scenarioTime
    let due = agenda.filter { $0.time <= now }.sorted { $0.time < $1.time }
    agenda.removeAll { $0.time <= now }
    for item in due { try item.action() }
  }

  private func tick() throws {
    try runAgenda()
    if stopRequested(Self.tick) { throw SimulationError.interrupted }
    let now = ContinuousClock.now
    playBackendOutage(now)
    if let outage, now >= outage.end {
      try outage.cluster.resume()
      timeline.add(.outageEnded, node: "")
      self.outage = nil
    }
    if let upkeep, now - lastUpkeep > .milliseconds(500) {
      lastUpkeep = now
      try upkeep()
    }
    if applicationsRun {
      for node in nodes { try node.applications.write(for: now - lastTick, rate: options.rate) }
    }
    lastTick = now
    for node in nodes {
      try node.pod?.step(now: now)
      if let (container, restarts) = node.pod?.failure() {
        throw SimulationError(
          "\(node.name): container \(container) failed \(restarts + 1) times; "
            + "its output is in \(node.logPath(of: container))")
      }
    }
    sample(now)
    progress.show(ledger)
  }

  private func sample(_ now: ContinuousClock.Instant) {
    let time = timeline.offset(of: now)
    if samples.last.map({ time - $0.time > .milliseconds(200) }) ?? true {
      samples.append(Sample(time: time, count: ledger.total))
    }
    guard now >= nextMapSize, outage == nil else { return }
    if let bytes = mapSize() { mapSizes.append(MapSize(time: time, bytes: bytes)) }
    // A map of many nodes takes time to read; the simulation has better things to do.
    nextMapSize = .now + max(.seconds(1), (ContinuousClock.now - now) * 20)
  }

  private func note(_ event: PodRun.Event, on node: SimulatedNode) {
    timeline.add(.container(event), node: node.name)
    guard event == .started(container: Contract.ContainerName.collector) else { return }
    // It has not polled yet: what lies on its volume is what it goes on from.
    handovers.append(
      Handover(
        node: node.name, time: .now, found: node.offsets,
        stop: stops.removeValue(forKey: node.name)))
  }

  /// Where duplicates come from.
  var duplicateTrace: DuplicateTrace {
    DuplicateTrace(handovers: handovers, backendOutages: backendOutages)
  }
}
