internal import BoltFile
internal import FilelogContract
internal import FilelogJSON
internal import FilelogSystemCalls
internal import FilelogYAML
internal import OffsetSync

/// One node with processes: its disk, its applications, and the DaemonSet's pod on it.
final class ProcessNode: FleetNode {
  let name: String
  let directories: NodeDirectories
  let applications: ApplicationLogs
  private(set) var pod: PodRun?
  /// Pods that were started here.
  private(set) var podGenerations = 0
  /// Where this pod's collector keeps its offsets.
  private var offsetsDirectory: String?

  /// Whether its applications write.
  private(set) var applicationsRun = false
  /// Is told of everything that happens to the pod.
  var report: (Event) -> Void = { _ in }

  /// As the API server has it.
  var object: JSONValue?

  /// What happens to a node's pod.
  enum Event {
    case podReady
    case podStopping
    case podEnded
    case container(PodRun.Event)
  }

  /// How long a pod has to run before it counts as ready.
  private static let settling = Duration.milliseconds(500)

  private let context: PodContext
  private let healthCheckPort: UInt16?
  private var random: SeededRandom
  /// The last rotation of each application's log file: in which pod's life, and at which transaction
  /// of its collector.
  private var rotations: [Int: (pod: Int, transaction: UInt64)] = [:]
  private var isReadyNoted = false
  private var isEndNoted = false
  /// Of this pod, whatever was applied since.
  private var template: PodTemplate?
  /// The most memory that a container of the name took beyond its limit.
  private var memoryPeaks: [String: (bytes: Int, limit: Int)] = [:]

  init(
    name: String, directories: NodeDirectories, applications: ApplicationLogs,
    context: PodContext, random: SeededRandom
  ) throws {
    self.name = name
    self.directories = directories
    self.applications = applications
    self.context = context
    self.random = random
    healthCheckPort = context.programs.realCollector == nil ? nil : try FreePort.find()
  }

  func addApplication() throws { try applications.addPod() }

  func setApplications(running: Bool) { applicationsRun = running }

  var applicationCount: Int { applications.count }

  /// A collector that runs would miss a file that comes and goes between two of its looks, which no
  /// restart has part in: the kubelet is slower than that, a machine that others use may not be.
  func rotateLog(of application: Int) throws {
    let transaction = collectorTransaction ?? 0
    if let rotation = rotations[application], rotation.pod == podGenerations,
      pod?.isRunning(Contract.ContainerName.collector) ?? false,
      transaction >= rotation.transaction, transaction - rotation.transaction < 2
    {
      return
    }
    try applications.rotate(application)
    rotations[application] = (podGenerations, transaction)
  }

  /// Starts the next pod from the DaemonSet as it is in the API server now.
  func startPod() throws {
    let template = try context.template()
    let identity = try context.createPod(template, node: name, owner: object, random: &random)
    podGenerations += 1
    try start(identity, template)
  }

  func restartPod() throws {
    guard let identity = pod?.identity else { return }
    try start(identity, try context.template())
  }

  func removePod() throws {
    guard let pod else { return }
    // A pod that others delete is mostly gone before it would be looked at.
    try requirePod()
    if let template { volumes(template).delete() }
    try context.api.delete("Pod", pod.identity.name, namespace: pod.identity.namespace)
    self.pod = nil
  }

  func renewToken() throws {
    guard let pod else { return }
    try context.writeServiceAccount(pod.identity, to: directories.serviceAccount)
  }

  func databases() -> [String: [UInt8]] {
    guard let offsetsDirectory else { return [:] }
    let names = Files.contents(of: offsetsDirectory).filter { $0.hasPrefix("receiver_") }
    return Dictionary(
      uniqueKeysWithValues: names.map { ($0, (try? Files.read("\(offsetsDirectory)/\($0)")) ?? []) }
    )
  }

  func losePower(_ earlier: [String: [UInt8]], random: inout SeededRandom) throws {
    for (name, bytes) in databases().sorted(by: { $0.key < $1.key }) {
      guard let old = earlier[name], let offsetsDirectory else { continue }
      try Files.write(
        PowerCut.torn(bytes, earlier: old, random: &random), to: "\(offsetsDirectory)/\(name)")
    }
    // This machine goes on, but nothing was written in its present boot.
    if let offsetsDirectory { Files.remove("\(offsetsDirectory)/\(Volume.historyName)") }
  }

  func compactDatabases() throws {
    guard let offsetsDirectory else { return }
    for (name, bytes) in databases() {
      try Files.writePrivate(
        CompactedDatabase.bytes(bytes), to: "\(offsetsDirectory)/\(name)",
        temporary: "\(offsetsDirectory)/tempdb")
    }
  }

  func makeSparseFiles() throws {
    guard let offsetsDirectory else { return }
    for name in SparseFile.names {
      try Files.makeSparse("\(offsetsDirectory)/\(name)", length: SparseFile.length)
    }
  }

  func damageStored(_ damage: Step.StoredDamage, turn: Int) throws {
    guard let offsetsDirectory else { return }
    let store = try context.template().store(
      of: name, namespace: context.applied.release.namespace, client: context.api.client,
      directory: offsetsDirectory, context.object)
    try damage.replace(in: store, turn: turn, directory: offsetsDirectory)
  }

  /// What its containers took of memory beyond their limits, in words.
  var memoryViolations: [String] {
    func mebibytes(_ bytes: Int) -> String {
      "\(bytes >> 20).\((bytes & (1 << 20 - 1)) * 10 >> 20) MiB"
    }
    return memoryPeaks.sorted { $0.key < $1.key }.map { container, peak in
      "\(name): \(container) took \(mebibytes(peak.bytes)) of memory "
        + "(limit \(mebibytes(peak.limit)))"
    }
  }

  func terminatePod(grace: Duration) {
    report(.podStopping)
    pod?.terminate(now: .now, grace: grace)
  }

  func killPod() { pod?.kill() }

  func crash(_ crash: Step.Crash, downFor time: Duration?) {
    pod?.crash(
      container: crash == .sync ? Contract.ContainerName.sync : Contract.ContainerName.collector,
      downFor: time)
  }

  var collectorTransaction: UInt64? {
    guard let offsetsDirectory else { return 0 }
    let names = Files.contents(of: offsetsDirectory).filter { $0.hasPrefix("receiver_") }
    return names.compactMap { name in
      (try? FileSource(path: "\(offsetsDirectory)/\(name)")).flatMap {
        try? BoltDatabase.newestTransaction(of: $0)
      }
    }.min() ?? 0
  }

  var isPodReady: Bool { pod?.isReady(now: .now, settledFor: Self.settling) ?? false }

  var hasPodEnded: Bool { pod.map { $0.phase == .ended } ?? true }

  /// - Throws: ``SimulationError`` when the API server's object of the pod is gone or about to go.
  func requirePod() throws {
    guard let identity = pod?.identity else { return }
    let metadata = try context.api.get("Pod", identity.name, namespace: identity.namespace)?[
      "metadata"]
    guard metadata?["uid"]?.string == identity.uid, metadata?["deletionTimestamp"] == nil else {
      throw SimulationError(
        .unsuitableCluster,
        "pod \(identity.name) of \(name): deleted by a controller or a user of the cluster")
    }
  }

  /// Goes on with what the pod is about.
  func step(now: ContinuousClock.Instant) throws {
    try pod?.step(now: now)
    for container in pod?.overLimit ?? [] {
      let former = memoryPeaks[container.spec.name]?.bytes ?? 0
      memoryPeaks[container.spec.name] = (
        max(former, container.memoryPeak), container.spec.memoryLimit ?? 0
      )
    }
    if !isReadyNoted, isPodReady {
      isReadyNoted = true
      report(.podReady)
    }
    if !isEndNoted, pod?.phase == .ended {
      isEndNoted = true
      report(.podEnded)
    }
  }

  /// Containers that failed more often than a simulation should wait for.
  func failure() -> (container: String, restarts: Int)? { pod?.failure() }

  /// How far the collector has read, by what lies on its volume.
  var offsets: CollectorOffsets? {
    offsetsDirectory.flatMap { CollectorOffsets.read(directory: $0) }
  }

  private func start(
    _ identity: PodIdentity, _ template: PodTemplate
  ) throws {
    isReadyNoted = false
    isEndNoted = false
    self.template = template
    try context.writeServiceAccount(identity, to: directories.serviceAccount)
    let volumes = volumes(template)
    let environment = ContainerEnvironment(pod: identity, object: volumes.object)
    var podPaths = PathMap()
    var plans: [String: (values: [String: String], paths: PathMap)] = [:]
    for container in template.initContainers + template.containers {
      let values = try environment.values(of: container)
      let paths = try volumes.pathMap(of: container, environment: values)
      plans[container.name] = (values, paths)
      podPaths.add(paths)
    }
    // Where offsets are attached to a volume of the user's, only our containers say where it is.
    let told = plans[Contract.ContainerName.sync]?.values[
      Contract.Variable.offsetDirectoryPath.rawValue]
    offsetsDirectory = podPaths.translate(told ?? Contract.OffsetsVolume.mountPath)
    let adaptation = CollectorAdaptation(
      paths: podPaths,
      realCollector: healthCheckPort.map { .init(healthCheckPort: $0) },
      queuesOnDisk: context.options.plan.queuesOnDisk)
    try volumes.make(transform: adaptation.adapt)
    func run(_ container: ContainerSpec) throws -> ContainerRun {
      guard let plan = plans[container.name] else { preconditionFailure("planned above") }
      let run = ContainerRun(container, try command(container, plan.values, plan.paths))
      run.measuresMemory =
        context.options.plan.limitsMemory
        && [Contract.ContainerName.initialize, Contract.ContainerName.sync].contains(container.name)
      return run
    }
    pod = PodRun(
      identity, initContainers: try template.initContainers.map(run),
      containers: try template.containers.map(run),
      report: { [unowned self] in report(.container($0)) })
  }

  private func volumes(_ template: PodTemplate) -> PodVolumes {
    PodVolumes(
      template: template, directories: directories, sharedDirectory: context.sharedDirectory,
      object: context.object)
  }

  private func command(
    _ container: ContainerSpec, _ values: [String: String], _ paths: PathMap
  ) throws -> ChildProcess.Command? {
    let adaptation = CollectorAdaptation(paths: paths, realCollector: nil)
    let arguments = container.arguments.map {
      adaptation.adapt(argument: ContainerEnvironment.expand($0, values))
    }
    // An upgrade is not taken back.
    let isUpgrade = context.options.plan.steps.contains { $0.step == .upgrade }
    let generation =
      isUpgrade ? min(podGenerations, context.programs.sync.count) : podGenerations
    guard
      let (program, programArguments) = try context.programs.invocation(
        of: container, generation: generation, arguments: arguments,
        collectorDelay: context.collectorDelay)
    else { return nil }
    var environment = context.environment(of: container)
    environment.merge(values.mapValues(paths.translate)) { _, rendered in rendered }
    environment.merge(context.overrides(of: container)) { _, override in override }
    environment["SERVICE_ACCOUNT_DIRECTORY_PATH"] = directories.serviceAccount
    environment["KUBECONFIG"] = directories.serviceAccount + "/kubeconfig"
    return ChildProcess.Command(
      program: program, arguments: programArguments, environment: environment,
      logPath: logPath(of: container.name))
  }

  /// All generations of a container write to one file.
  func logPath(of container: String) -> String { "\(directories.logs)/\(container).log" }
}
