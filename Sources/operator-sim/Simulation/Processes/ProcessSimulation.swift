internal import FilelogSystemCalls

/// A simulation with real processes: an API server, the sidecar's own binary, collectors, a backend.
struct ProcessSimulation {
  private let options: SimulationOptions
  private let processes: ProcessOptions
  private let output: SimulationOutput
  private let stopRequested: (Duration) -> Bool

  init(
    _ options: SimulationOptions, _ processes: ProcessOptions, _ output: SimulationOutput,
    _ stopRequested: @escaping (Duration) -> Bool
  ) {
    self.options = options
    self.processes = processes
    self.output = output
    self.stopRequested = stopRequested
  }

  func run() throws -> RunResult {
    try Files.makeDirectory(processes.workDirectory)
    let cluster = try makeCluster()
    defer { cluster.stop() }
    let ledger = Ledger()
    let backend = LogBackend { ledger.received($0) }
    let backendURL = try backend.start()
    defer { backend.stop() }

    let progress = Progress(output)
    defer { progress.end() }
    progress.note("using \(cluster.description)")
    let applied = try AppliedRelease(cluster.api) { [options] layout in
      try options.render(backendURL, SimulationOptions.applicationNamespaces, layout)
        .map(ClusterSetUp.keptToSimulatedNodes)
    }
    let release = applied.release
    if isExistingCluster {
      try ClusterSetUp.refuseExisting(
        applied.manifests, of: release, nodes: nodeNames, in: cluster.api)
    }
    defer { cleanUp(cluster, release, progress) }
    try applied.apply()
    if isExistingCluster { try ClusterSetUp.requireSelector(of: release, in: cluster.api) }
    for note in notes { progress.note(note) }

    var options = options
    options.deliversAtLeastOnce = try applied.template().deliversAtLeastOnce
    let fleet = try ProcessFleet(
      options, applied, cluster: cluster, ledger: ledger, backend: backend, progress: progress,
      makeNode: makeNode(context(cluster, applied, options), ledger), stopRequested: stopRequested)
    defer { for node in fleet.nodes { node.killPod() } }
    var isInterrupted = false
    do {
      try ScenarioRunner(fleet, progress: fleet.scenarioProgress).run()
    } catch let error as SimulationError where error.code == .interrupted { isInterrupted = true }
    return fleet.result(
      setup: [cluster.description] + notes, traffic: cluster.traffic, isInterrupted: isInterrupted)
  }

  private func makeCluster() throws -> Cluster {
    switch processes.cluster {
    case .emulated: try .emulated()
    case .existing(let configuration, _): try .existing(configuration)
    }
  }

  private var isExistingCluster: Bool {
    if case .existing = processes.cluster { true } else { false }
  }

  private func context(
    _ cluster: Cluster, _ applied: AppliedRelease, _ options: SimulationOptions
  ) -> PodContext {
    PodContext(
      api: cluster.api, endpoint: cluster.endpoint, options: options,
      programs: processes.programs, applied: applied,
      sharedDirectory: processes.workDirectory + "/shared",
      hostEnvironment: processes.hostEnvironment)
  }

  /// Leaves an existing cluster as it was, also when the simulation fails or is interrupted. The
  /// emulated one ends with the simulation.
  private func cleanUp(
    _ cluster: Cluster, _ release: ClusterSetUp.Release, _ progress: Progress
  ) {
    guard case .existing(_, let keepsObjects) = processes.cluster else { return }
    guard !keepsObjects else {
      progress.note("what was made in the cluster stays there: \(cluster.description)")
      return progress.note("to remove it: \(cluster.api.removal)")
    }
    let (deleted, left) = cluster.api.deleteEverythingMade(
      nodes: nodeNames, release, sleep: { _ = stopRequested($0) })
    progress.note("removed from the cluster what was made there: \(deleted) objects")
    for line in left { progress.note("left in the cluster: \(line)") }
  }

  /// Of all nodes that are ever there.
  private var nodeNames: [String] { (1...options.mostNodes).map { "node-\($0)" } }

  private func makeNode(
    _ context: PodContext, _ ledger: Ledger
  ) -> (String) throws -> ProcessNode {
    var random = SeededRandom(seed: options.seed)
    let workDirectory = processes.workDirectory
    return { name in
      let directories = try NodeDirectories(workDirectory: workDirectory, node: name)
      let applications = ApplicationLogs(
        node: name, podLogs: directories.podLogs,
        namespaces: SimulationOptions.applicationNamespaces, ledger: ledger,
        random: random.branch())
      return try ProcessNode(
        name: name, directories: directories, applications: applications, context: context,
        random: random.branch())
    }
  }

  private var notes: [String] {
    guard let collector = processes.programs.realCollector else {
      return ["the collectors are built-in stand-ins"]
    }
    return ["the collectors are \(collector), with a configuration changed for this machine:"]
      + CollectorAdaptation.realCollectorNotes.map { "- \($0)" }
  }
}
