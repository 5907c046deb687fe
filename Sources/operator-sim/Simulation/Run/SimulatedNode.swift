internal import Contract
internal import DesiredState
internal import JSON
internal import SystemCalls
internal import YAML

/// One node: its disk, its applications, and the DaemonSet's pod on it.
final class SimulatedNode {
  let name: String
  let folders: NodeFolders
  let applications: ApplicationLogs
  private(set) var pod: PodRun?
  /// Pods that were started here.
  private(set) var lives = 0
  /// Where this pod's collector keeps its offsets.
  private var offsetsFolder: String?

  private let surroundings: PodSurroundings
  private let healthCheckPort: UInt16?
  private var random: SeededRandom

  init(
    name: String, folders: NodeFolders, applications: ApplicationLogs,
    surroundings: PodSurroundings, random: SeededRandom
  ) throws {
    self.name = name
    self.folders = folders
    self.applications = applications
    self.surroundings = surroundings
    self.random = random
    healthCheckPort = surroundings.programs.collector == nil ? nil : try FreePort.find()
  }

  /// Starts the next pod from the DaemonSet as it is in the API server now.
  /// - Parameter report: is told of every container that starts or ends.
  func startPod(report: @escaping (PodRun.Event) -> Void) throws {
    let template = try surroundings.template()
    let identity = try surroundings.createPod(template, node: name, random: &random)
    lives += 1
    try start(identity, template, report)
  }

  /// Starts the same pod again on its old volumes, as after the node's reboot.
  func restartPod(report: @escaping (PodRun.Event) -> Void) throws {
    guard let identity = pod?.identity else { return }
    try start(identity, try surroundings.template(), report)
  }

  /// Takes a pod that has ended out of the cluster, and its volumes off the disk.
  func removePod() throws {
    guard let pod else { return }
    volumes(try surroundings.template()).delete()
    try surroundings.api.delete("Pod", pod.identity.name, namespace: pod.identity.namespace)
    self.pod = nil
  }

  /// Does what the kubelet does before a token expires.
  func renewToken() throws {
    guard let pod else { return }
    try surroundings.writeServiceAccount(pod.identity, to: folders.serviceAccount)
  }

  /// How far the collector has read, by what lies on its volume.
  var offsets: CollectorOffsets? { offsetsFolder.flatMap { CollectorOffsets.read(folder: $0) } }

  /// Ends all processes, whatever they are doing.
  func shutDown() { pod?.kill() }

  private func start(
    _ identity: PodIdentity, _ template: PodTemplate, _ report: @escaping (PodRun.Event) -> Void
  ) throws {
    try surroundings.writeServiceAccount(identity, to: folders.serviceAccount)
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
    offsetsFolder = podPaths.translate(Contract.OffsetsVolume.mountPath)
    let adaptation = CollectorAdaptation(
      paths: podPaths,
      realCollector: healthCheckPort.map { .init(healthCheckPort: $0) })
    try volumes.make(transform: adaptation.adapt)
    func run(_ container: ContainerSpec) throws -> ContainerRun {
      guard let plan = plans[container.name] else { preconditionFailure("planned above") }
      return ContainerRun(container, try command(container, plan.values, plan.paths))
    }
    pod = PodRun(
      identity, initContainers: try template.initContainers.map(run),
      containers: try template.containers.map(run), report: report)
  }

  private func volumes(_ template: PodTemplate) -> PodVolumes {
    PodVolumes(
      template: template, folders: folders, sharedFolder: surroundings.sharedFolder,
      object: surroundings.object)
  }

  private func command(
    _ container: ContainerSpec, _ values: [String: String], _ paths: PathMap
  ) throws -> ChildProcess.Command? {
    let arguments = container.arguments.map {
      paths.translate(ContainerEnvironment.expand($0, values))
    }
    guard
      let (program, programArguments) = try surroundings.programs.invocation(
        of: container, life: lives, arguments: arguments,
        standInArguments: surroundings.standInArguments)
    else { return nil }
    var environment = surroundings.environment(of: container)
    environment.merge(values.mapValues(paths.translate)) { _, rendered in rendered }
    environment.merge(surroundings.overrides(of: container)) { _, override in override }
    environment["SERVICE_ACCOUNT_DIRECTORY_PATH"] = folders.serviceAccount
    environment["KUBECONFIG"] = folders.serviceAccount + "/kubeconfig"
    return ChildProcess.Command(
      program: program, arguments: programArguments, environment: environment,
      logPath: logPath(of: container.name))
  }

  /// All lives of a container write to one file.
  func logPath(of container: String) -> String { "\(folders.logs)/\(container).log" }
}
