internal import JSON
internal import SystemCalls

/// A DaemonSet's life on a few nodes, played out with real processes: an API server, the rendered
/// manifests applied to it, a kubelet for each node that runs the sidecar's own binary, a collector,
/// applications that write logs, and a backend that counts what arrives.
public struct Simulation {
  /// Where it writes what a person reads.
  public struct Output {
    /// Takes text without adding a line break.
    public var write: (String) -> Void
    /// Whether text may be overwritten in place.
    public var isTerminal: Bool

    /// An output with these parts.
    public init(write: @escaping (String) -> Void, isTerminal: Bool) {
      self.write = write
      self.isTerminal = isTerminal
    }
  }

  private let options: SimulationOptions
  private let programs: Programs
  private let hostEnvironment: [String: String]
  private let output: Output
  private let stopRequested: (Duration) -> Bool

  /// - Parameters:
  ///   - options: what to play.
  ///   - programs: what the containers run.
  ///   - hostEnvironment: this process's environment; the programs get of it what tells them where
  ///     libraries are.
  ///   - output: where progress is shown.
  ///   - stopRequested: waits up to the given time and says whether the user wants to stop.
  public init(
    _ options: SimulationOptions, programs: Programs, hostEnvironment: [String: String],
    output: Output, stopRequested: @escaping (Duration) -> Bool
  ) {
    self.options = options
    self.programs = programs
    self.hostEnvironment = hostEnvironment.filter { name, _ in
      ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS"].contains(name)
    }
    self.output = output
    self.stopRequested = stopRequested
  }

  /// Plays the scenario. Every process it has started has ended when it returns or throws.
  /// - Throws: ``SimulationError`` when the scenario cannot be played to its end.
  public func run() throws -> RunResult {
    let plan = options.plan
    try options.check()
    try Files.makeFolder(options.workFolder)
    let cluster = try makeCluster()
    defer { cluster.stop() }
    let ledger = Ledger()
    let backend = LogBackend { ledger.received($0) }
    let backendURL = try backend.start()
    defer { backend.stop() }

    let progress = Progress(output)
    progress.note("using \(cluster.description)")
    let manifests = try options.render(backendURL, SimulationOptions.applicationNamespaces)
    var options = options
    options.deliversAtLeastOnce = Self.deliversAtLeastOnce(manifests)
    let release = try ClusterSetUp.Release(manifests)
    if options.kubeconfig != nil {
      try ClusterSetUp.refuseExisting(
        manifests, of: release, nodes: nodeNames, in: cluster.api)
    }
    defer { cleanUp(cluster, release, progress) }
    let surroundings = try apply(manifests, of: release, to: cluster)
    for note in notes(surroundings) { progress.note(note) }

    let template = try surroundings.template()
    let offsetsMap = OffsetsMap(template, namespace: release.namespace)
    let shown = ScenarioProgress(
      progress, expected: plan.steps.map { ScenarioRunner.expected($0, options) })
    defer { progress.end() }
    let world = World(
      options: options, nodes: try makeNodes(surroundings, ledger), ledger: ledger, progress: shown,
      backend: backend, mapSize: { try? offsetsMap?.size(cluster.api) },
      stopRequested: stopRequested)
    defer { for node in world.nodes { node.shutDown() } }
    let began = ContinuousClock.now
    try ScenarioRunner(
      world: world, cluster: cluster, offsetsMap: offsetsMap, steps: plan.steps, progress: shown,
      grace: template.gracePeriod,
      maxUnavailable: options.maxUnavailable ?? template.maxUnavailable(of: options.nodes)
    ).run()
    return RunResult(
      world, surroundings: [cluster.description] + notes(surroundings), traffic: cluster.traffic,
      duration: ContinuousClock.now - began)
  }

  /// What the sync container of the DaemonSet is told.
  private static func deliversAtLeastOnce(_ manifests: [JSONValue]) -> Bool {
    manifests.contains { manifest in
      let pod = manifest["spec"]?["template"]?["spec"]
      let containers = (pod?["initContainers"]?.array ?? []) + (pod?["containers"]?.array ?? [])
      return containers.contains { container in
        container["env"]?.array?.contains(["name": "FILELOG_DELIVERY", "value": "atLeastOnce"])
          == true
      }
    }
  }

  private func makeCluster() throws -> Cluster {
    guard let kubeconfig = options.kubeconfig else { return try .emulated() }
    return try .existing(kubeconfig: kubeconfig, context: options.context)
  }

  /// Does the operator's part: namespaces and manifests; and registers the nodes, as kubelets do.
  private func apply(
    _ manifests: [JSONValue], of release: ClusterSetUp.Release, to cluster: Cluster
  ) throws -> PodSurroundings {
    try ClusterSetUp.apply(manifests, of: release, to: cluster.api)
    for node in nodeNames {
      try cluster.api.create([
        "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(node)],
      ])
    }
    return PodSurroundings(
      api: cluster.api, endpoint: cluster.endpoint, options: options, programs: programs,
      daemonSet: (release.daemonSet, release.namespace),
      sharedFolder: options.workFolder + "/shared",
      hostEnvironment: hostEnvironment)
  }

  /// Leaves somebody's cluster as it was, also when the simulation fails or is interrupted. The
  /// emulated one ends with the simulation.
  private func cleanUp(
    _ cluster: Cluster, _ release: ClusterSetUp.Release, _ progress: Progress
  ) {
    guard options.kubeconfig != nil else { return }
    guard !options.keepsObjects else {
      return progress.note("what was made in the cluster stays there: \(cluster.description)")
    }
    let (deleted, left) = cluster.api.deleteEverythingMade(
      nodes: nodeNames, release, sleep: { _ = stopRequested($0) })
    progress.note("removed from the cluster what was made there: \(deleted) objects")
    for line in left { progress.note("left in the cluster: \(line)") }
  }

  private var nodeNames: [String] { (1...options.nodes).map { "node-\($0)" } }

  private func makeNodes(
    _ surroundings: PodSurroundings, _ ledger: Ledger
  ) throws -> [SimulatedNode] {
    var random = SeededRandom(seed: options.seed)
    return try nodeNames.map { name in
      let folders = try NodeFolders(workFolder: options.workFolder, node: name)
      let applications = ApplicationLogs(
        node: name, podLogs: folders.podLogs,
        namespaces: SimulationOptions.applicationNamespaces, ledger: ledger,
        random: random.branch())
      for _ in 0..<options.applications { try applications.addPod() }
      return try SimulatedNode(
        name: name, folders: folders, applications: applications, surroundings: surroundings,
        random: random.branch())
    }
  }

  private func notes(_ surroundings: PodSurroundings) -> [String] {
    guard let collector = programs.collector else {
      return ["the collectors are built-in stand-ins"]
    }
    return ["the collectors are \(collector), with a configuration changed for this machine:"]
      + CollectorAdaptation.realCollectorNotes.map { "- \($0)" }
  }
}
