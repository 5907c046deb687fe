internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI
internal import FilelogSystemCalls
internal import FilelogText
internal import OffsetSync

/// What the kubelet takes from a DaemonSet to run one of its pods.
struct PodTemplate {
  var initContainers: [ContainerSpec]
  var containers: [ContainerSpec]
  var volumes: [Volume]
  var gracePeriod: Duration
  var serviceAccount: String
  var labels: [String: String]
  var annotations: [String: String]
  /// The `spec` as it stands, for the Pod object.
  var spec: JSONValue
  private var rollingUpdate: JSONValue?

  struct Volume {
    var name: String
    var source: JSONValue
  }

  /// - Parameter daemonSet: the object as the API server returned it.
  /// - Throws: ``SimulationError`` when it has no pod template.
  init(daemonSet: JSONValue) throws {
    guard let template = daemonSet["spec"]?["template"], let spec = template["spec"],
      let containers = spec["containers"]?.array, !containers.isEmpty
    else { throw SimulationError("the DaemonSet has no pod template") }
    self.spec = spec
    // Nothing schedules these pods, and an emulated cluster knows no classes but its own.
    for name in ["priorityClassName", "runtimeClassName"] { self.spec[name] = nil }
    self.containers = try containers.map { try ContainerSpec($0) }
    initContainers = try (spec["initContainers"]?.array ?? []).map { try ContainerSpec($0) }
    volumes = (spec["volumes"]?.array ?? []).compactMap { volume in
      volume["name"]?.string.map { Volume(name: $0, source: volume) }
    }
    gracePeriod = .seconds(spec["terminationGracePeriodSeconds"]?.integer ?? 30)
    serviceAccount = spec["serviceAccountName"]?.string ?? "default"
    rollingUpdate = daemonSet["spec"]?["updateStrategy"]?["rollingUpdate"]
    let metadata = template["metadata"]
    labels = (metadata?["labels"]?.object ?? [:]).compactMapValues(\.string)
    annotations = (metadata?["annotations"]?.object ?? [:]).compactMapValues(\.string)
  }
}

extension PodTemplate {
  /// How its pods store offsets.
  var layout: Contract.OffsetLayout {
    value(of: .configMapLayout).flatMap(Contract.OffsetLayout.init) ?? .shared
  }

  /// Whether its values ask for `filelogDelivery: atLeastOnce`.
  var deliversAtLeastOnce: Bool { value(of: .delivery) == "atLeastOnce" }

  /// Nil where no container of ours keeps offsets.
  private var sync: ContainerSpec? {
    (initContainers + containers).first { $0.name == Contract.ContainerName.sync }
  }

  /// What the sync container is told.
  func value(of variable: Contract.Variable) -> String? {
    sync?.environment.first { $0.name == variable.rawValue }?.value
  }

  /// The name of the volume that the sync container has at a path.
  func volume(at path: String) -> String? { sync?.mounts.first { $0.path == path }?.volume }

  /// What the sync container of a pod makes of what it is told.
  func settings(
    _ pod: PodIdentity, _ object: @escaping (_ kind: String, _ name: String) throws -> JSONValue?
  ) throws -> Settings {
    guard let sync else {
      throw SimulationError("the DaemonSet has no sync container: there is nothing to simulate")
    }
    return try Settings(
      environment: ContainerEnvironment(pod: pod, object: object).values(of: sync))
  }

  /// The store of a node's offsets, for one who may do anything.
  func store(
    of node: String, namespace: String, client: KubernetesClient, directory: String,
    _ object: @escaping (_ kind: String, _ name: String) throws -> JSONValue?
  ) throws -> any OffsetStore {
    let identity = PodIdentity(
      name: "", namespace: namespace, uid: "", node: node, serviceAccount: serviceAccount,
      labels: labels, annotations: annotations)
    return makeOffsetStore(
      client: client, maps: try settings(identity, object).maps, directory: directory,
      log: Log(threshold: .error, clock: { .now }, output: { _ in }))
  }

  /// How many of so many pods a rollout may replace at once: a number, or a percentage rounded up.
  func maxUnavailable(of nodes: Int) -> Int {
    let value = rollingUpdate?["maxUnavailable"]
    if let number = value?.integer { return max(1, number) }
    guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) else {
      return 1
    }
    return max(1, (nodes * percent + 99) / 100)
  }
}

/// One container of a pod.
struct ContainerSpec {
  var name: String
  var image: String
  var arguments: [String]
  var environment: [Variable]
  var mounts: [Mount]
  /// Bytes of memory that it may take; nil: any number, or one that is not understood.
  var memoryLimit: Int?
  /// Whether it is an init container that runs on beside the others (`restartPolicy: Always`).
  var isSidecar: Bool

  struct Variable {
    var name: String
    var value: String?
    var source: JSONValue?
  }

  struct Mount {
    var volume: String
    var path: String
    var subPath: String?
    /// With `$(NAME)` for environment variables.
    var subPathExpression: String?
  }

  init(_ container: JSONValue) throws {
    guard let name = container["name"]?.string else {
      throw SimulationError("a container of the DaemonSet has no name")
    }
    self.name = name
    image = container["image"]?.string ?? ""
    arguments = (container["args"]?.array ?? []).compactMap(\.string)
    memoryLimit = (container["resources"]?["limits"]?["memory"]?.string)
      .flatMap(ContainerMemory.bytes)
    isSidecar = container["restartPolicy"]?.string == "Always"
    environment = (container["env"]?.array ?? []).compactMap { variable in
      variable["name"]?.string.map {
        Variable(name: $0, value: variable["value"]?.string, source: variable["valueFrom"])
      }
    }
    mounts = (container["volumeMounts"]?.array ?? []).compactMap { mount in
      guard let volume = mount["name"]?.string, let path = mount["mountPath"]?.string else {
        return nil
      }
      return Mount(
        volume: volume, path: path, subPath: mount["subPath"]?.string,
        subPathExpression: mount["subPathExpr"]?.string)
    }
  }
}
