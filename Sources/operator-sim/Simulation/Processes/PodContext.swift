internal import FilelogContract
internal import FilelogJSON
internal import FilelogSystemCalls
internal import FilelogYAML

/// What every pod of a simulation shares: the API server, the programs, the settings.
struct PodContext {
  let api: ClusterAPI
  let endpoint: ClusterEndpoint
  let options: SimulationOptions
  let programs: Programs
  let applied: AppliedRelease
  /// Stands for storage that is not a node's own.
  let sharedDirectory: String
  /// What of this process's environment programs need on this machine: where libraries are.
  let hostEnvironment: [String: String]

  /// The DaemonSet's pod template as the API server has it.
  func template() throws -> PodTemplate {
    var template = try applied.template()
    if let gracePeriod = options.gracePeriod { template.gracePeriod = gracePeriod }
    return template
  }

  /// Reads an object of the pod's namespace.
  func object(_ kind: String, _ name: String) throws -> JSONValue? {
    try api.get(kind, name, namespace: applied.release.namespace)
  }

  /// Creates the Pod object, which tokens are bound to.
  func createPod(
    _ template: PodTemplate, node: String, owner: JSONValue?, random: inout SeededRandom
  ) throws -> PodIdentity {
    let name = "\(applied.release.daemonSet)-\(random.word(5))"
    var spec = template.spec
    spec["nodeName"] = .string(node)
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": .string(name), "namespace": .string(applied.release.namespace),
        "labels": .object(template.labels.mapValues { .string($0) }),
        "annotations": .object(template.annotations.mapValues { .string($0) }),
        "ownerReferences": .array([SimulatedNodes.owner(owner)].compactMap(\.self)),
      ],
      "spec": spec,
    ]
    guard let uid = try api.create(object)?["metadata"]?["uid"]?.string else {
      throw SimulationError("pod \(name): exists already")
    }
    return PodIdentity(
      name: name, namespace: applied.release.namespace, uid: uid, node: node,
      serviceAccount: template.serviceAccount, labels: template.labels,
      annotations: template.annotations)
  }

  /// Writes what the kubelet mounts for a service account: token, certificate authority, namespace.
  /// Beside them a kubeconfig that says the same, for clients that look for one.
  func writeServiceAccount(_ pod: PodIdentity, to directory: String) throws {
    let token = try api.token(
      serviceAccount: pod.serviceAccount, namespace: pod.namespace, podName: pod.name,
      podUID: pod.uid)
    try Files.writePrivate(token.utf8, to: directory + "/token")
    try Files.write(endpoint.authorities, to: directory + "/ca.crt")
    try Files.write(pod.namespace.utf8, to: directory + "/namespace")
    try Files.writePrivate(kubeconfig(directory).utf8, to: directory + "/kubeconfig")
  }

  /// What is there before the rendered variables.
  func environment(of container: ContainerSpec) -> [String: String] {
    hostEnvironment.merging([
      "KUBERNETES_SERVICE_HOST": endpoint.host,
      "KUBERNETES_SERVICE_PORT": String(endpoint.port),
      "KUBERNETES_SERVICE_PORT_HTTPS": String(endpoint.port),
      "HOSTNAME": container.name,
    ]) { _, new in new }
  }

  /// What the simulation's own options put in place of rendered variables.
  func overrides(of container: ContainerSpec) -> [String: String] {
    guard container.name == Contract.ContainerName.sync else { return [:] }
    var overrides: [String: String] = [:]
    if let interval = options.intervalOverride {
      overrides[Contract.Variable.syncInterval.rawValue] = Self.text(interval)
    }
    if let grace = options.gracePeriod {
      // What is rendered fits the rendered period only. It leaves ten seconds for a last request.
      overrides[Contract.Variable.shutdownDeadline.rawValue] = Self.text(
        max(grace - .seconds(10), grace / 2))
    }
    return overrides
  }

  /// How late a stand-in collector reacts to SIGTERM, as it reads it.
  var collectorDelay: String { options.collectorDelay.map(Self.text) ?? "never" }

  /// Whole milliseconds, as all programs read times.
  private static func text(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
  }

  private func kubeconfig(_ directory: String) -> String {
    YAML.emit([
      "apiVersion": "v1", "kind": "Config", "current-context": "node",
      "clusters": [
        [
          "name": "cluster",
          "cluster": [
            "server": .string("https://\(endpoint.host):\(endpoint.port)"),
            "certificate-authority": .string(directory + "/ca.crt"),
          ],
        ]
      ],
      "users": [["name": "pod", "user": ["tokenFile": .string(directory + "/token")]]],
      "contexts": [["name": "node", "context": ["cluster": "cluster", "user": "pod"]]],
    ])
  }
}
