internal import Contract
internal import DesiredState
internal import JSON
internal import OffsetSync
internal import SystemCalls

/// One node in virtual time: its log files and the DaemonSet's pod on it.
final class VirtualNode {
  let name: String
  /// Counts the nodes from 0; those that joined later go on counting.
  let index: Int
  private(set) var pod: VirtualPod?
  private(set) var files: [VirtualLogFile] = []
  private(set) var lives = 0
  private(set) var complaints: [String: (count: Int, first: String)] = [:]
  /// Whether it is still part of the cluster.
  var isPresent = true

  private let template: PodTemplate
  private let surroundings: Surroundings
  private var random: SeededRandom
  private var begun = 0

  /// What every node of a simulation shares.
  struct Surroundings {
    let world: VirtualPod.World
    let daemonSet: (name: String, namespace: String)
    /// Reads a config map or secret of the pods' namespace.
    let object: (_ kind: String, _ name: String) throws -> JSONValue?
    let report: (VirtualNode, VirtualPod.Event) -> Void
  }

  init(
    _ name: String, index: Int, template: PodTemplate, surroundings: Surroundings,
    random: SeededRandom
  ) {
    self.name = name
    self.index = index
    self.template = template
    self.surroundings = surroundings
    self.random = random
  }

  private var world: VirtualPod.World { surroundings.world }
  private var api: ClusterAPI { world.api.api }

  /// Starts another application, with a log file of its own.
  func addApplication() {
    let namespaces = SimulationOptions.applicationNamespaces
    let pod = "app-\(begun)-\(random.word(5))"
    let folder = "\(namespaces[begun % namespaces.count])_\(pod)_\(random.uuid())"
    begin(path: "/var/log/pods/\(folder)/main/0.log")
  }

  /// Renames the first log file that is being written, and begins the next.
  func rotate() {
    guard let file = files.first(where: { $0.ended == nil }) else { return }
    file.end(at: world.time.now, isRotated: true)
    begin(path: file.path)
  }

  /// Its applications write no more.
  func endApplications() {
    for file in files where file.ended == nil { file.end(at: world.time.now, isRotated: false) }
  }

  private func begin(path: String) {
    let identity = RecordIdentity.File(node: name, number: begun)
    begun += 1
    let file = VirtualLogFile(
      identity, path: path, created: world.time.now,
      rate: world.options.rate / Double(max(1, world.options.applications)), random: &random)
    files.append(file)
    pod?.collector?.add(file)
  }

  /// Starts the next pod, with an empty volume.
  func startPod() throws {
    let name = "\(surroundings.daemonSet.name)-\(random.word(5))"
    var spec = template.spec
    spec["nodeName"] = .string(self.name)
    let namespace = surroundings.daemonSet.namespace
    let created = try api.create([
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": .string(name), "namespace": .string(namespace),
        "labels": .object(template.labels.mapValues { .string($0) }),
        "annotations": .object(template.annotations.mapValues { .string($0) }),
      ],
      "spec": spec,
    ])
    guard let uid = created?["metadata"]?["uid"]?.string else {
      throw SimulationError("there is a pod \(name) already")
    }
    try start(
      PodIdentity(
        name: name, namespace: namespace, uid: uid, node: self.name,
        serviceAccount: template.serviceAccount, labels: template.labels,
        annotations: template.annotations), folder: MemoryFolder())
  }

  /// The node was rebooted: the same pod starts again on its old volume.
  func reboot() throws {
    guard let pod else { return }
    pod.kill()
    try start(pod.identity, folder: pod.folder)
  }

  /// Takes a pod that has ended out of the cluster.
  func removePod() throws {
    guard let pod else { return }
    try api.delete("Pod", pod.identity.name, namespace: pod.identity.namespace)
    self.pod = nil
  }

  /// Does what the kubelet does before a token expires.
  func renewToken() throws {
    guard let pod else { return }
    pod.token = try token(pod.identity)
  }

  private func token(_ identity: PodIdentity) throws -> String {
    try api.token(
      serviceAccount: identity.serviceAccount, namespace: identity.namespace,
      podName: identity.name, podUID: identity.uid)
  }

  private func start(_ identity: PodIdentity, folder: MemoryFolder) throws {
    guard
      let container = (template.initContainers + template.containers).first(where: {
        $0.name == Contract.ContainerName.sync
      })
    else {
      throw SimulationError("the pods have no sync container, so there is nothing to simulate")
    }
    lives += 1
    let environment = ContainerEnvironment(pod: identity, object: surroundings.object)
    var settings = try OffsetSync.Settings(environment: environment.values(of: container))
    if let interval = world.options.interval { settings.interval = interval }
    pod = VirtualPod(
      identity, node: index, settings: settings, token: try token(identity), folder: folder,
      world: world, files: { [unowned self] in files }, random: random.branch(),
      report: { [unowned self] in note($0) })
  }

  private func note(_ event: VirtualPod.Event) {
    if case .complaint(let container, let text) = event {
      complaints[container, default: (0, text)].count += 1
    }
    surroundings.report(self, event)
  }
}
