internal import FilelogJSON

/// An object whose pods run a collector on every node, and where in it things stand.
struct Workload {
  let object: StreamObject
  let form: Form
  /// The namespace of the pods; nil where neither the object nor an option says it.
  let namespace: String?
  /// The index of the collector's container in a DaemonSet.
  var containerIndex = 0

  enum Form {
    case daemonSet
    /// `OpenTelemetryCollector`, which the OpenTelemetry operator makes a DaemonSet of.
    case collectorResource
  }

  /// Where the pod's volumes, init containers and the like stand.
  var podPath: Path { form == .daemonSet ? ["spec", "template", "spec"] : ["spec"] }
  var pod: JSONValue { object.value[path: podPath] ?? [:] }

  var containersPath: Path {
    podPath + [form == .daemonSet ? "containers" : "additionalContainers"]
  }

  /// Where the collector's volume mounts and security context stand.
  var collectorPath: Path {
    form == .daemonSet ? containersPath + [.index(containerIndex)] : podPath
  }
  var collector: JSONValue { object.value[path: collectorPath] ?? [:] }

  var podAnnotationsPath: Path {
    form == .daemonSet
      ? ["spec", "template", "metadata", "annotations"] : ["spec", "podAnnotations"]
  }

  var podSecurityContext: JSONValue? {
    pod[form == .daemonSet ? "securityContext" : "podSecurityContext"]
  }

  /// The name of the DaemonSet in the cluster.
  var daemonSetName: String {
    form == .daemonSet ? object.name : Self.operatorsName(of: object.name)
  }

  /// What the operator calls the collector's container.
  static let operatorsContainer = "otc-container"

  /// What the operator calls the DaemonSet and the service account of a resource: of a name that is too
  /// long it cuts the resource's part, and then what is neither letter nor digit at both ends.
  private static func operatorsName(of name: String) -> String {
    let suffix = "-collector"
    let whole = name.prefix(63 - suffix.utf8.count) + suffix
    return String(whole.drop { !$0.isLetter && !$0.isNumber })
  }

  var serviceAccount: String {
    let named = pod["serviceAccountName"]?.string ?? pod["serviceAccount"]?.string ?? ""
    if !named.isEmpty { return named }
    return form == .daemonSet ? "default" : daemonSetName
  }

  /// The field that ``serviceAccount`` is set by.
  var serviceAccountKey: Step { form == .daemonSet ? "serviceAccountName" : "serviceAccount" }

  var gracePeriodSeconds: Int { pod["terminationGracePeriodSeconds"]?.integer ?? 30 }

  var maxSurgePath: Path {
    ["spec", form == .daemonSet ? "updateStrategy" : "daemonSetUpdateStrategy"]
      + ["rollingUpdate", "maxSurge"]
  }

  var surges: Bool {
    switch object.value[path: maxSurgePath] {
    case .integer(let number)?: number > 0
    case .string(let text)?: text != "0" && text != "0%"
    default: false
    }
  }

  private static let systemLabels = ["kubernetes.io/os", "beta.kubernetes.io/os"]

  var runsOnWindows: Bool {
    let selector = pod["nodeSelector"]
    return Self.systemLabels.contains { selector?[$0]?.string == "windows" }
      || pod["os"]?["name"]?.string == "windows" || isOnWindowsNodes
      || podSecurityContext?["windowsOptions"]?.object != nil
      || collector["securityContext"]?["windowsOptions"]?.object != nil
  }

  /// Whether nodes are chosen by an affinity of which every term asks for Windows.
  private var isOnWindowsNodes: Bool {
    let required = pod["affinity"]?["nodeAffinity"]?[
      "requiredDuringSchedulingIgnoredDuringExecution"]
    let terms = required?["nodeSelectorTerms"]?.array ?? []
    return !terms.isEmpty
      && terms.allSatisfy { term in
        (term["matchExpressions"]?.array ?? []).contains { expression in
          Self.systemLabels.contains(expression["key"]?.string ?? "")
            && expression["operator"]?.string == "In" && expression["values"]?.array == ["windows"]
        }
      }
  }

  /// All containers of a DaemonSet's pods.
  var containers: [JSONValue] { object.value[path: containersPath]?.array ?? [] }
  var initContainers: [JSONValue] { pod["initContainers"]?.array ?? [] }
  var volumes: [JSONValue] { pod["volumes"]?.array ?? [] }

  func volume(named name: String) -> JSONValue? {
    volumes.first { $0["name"]?.string == name }
  }

  /// The collector's mounts.
  var mounts: [Mount] { (collector["volumeMounts"]?.array ?? []).compactMap(Mount.init) }

  /// One `volumeMounts` entry.
  struct Mount: Hashable {
    let volume: String
    /// As ``ContainerPath/clean(_:in:)`` has it.
    let path: String
    let json: JSONValue

    init?(_ json: JSONValue) {
      guard let volume = json["name"]?.string, let path = json["mountPath"]?.string else {
        return nil
      }
      self.volume = volume
      self.path = ContainerPath.clean(path)
      self.json = json
    }

    /// The path of a file below the mount, `""` for the mount itself; nil for one that is elsewhere.
    func relative(_ file: String) -> String? {
      if file == path { return "" }
      let prefix = path == "/" ? "/" : path + "/"
      return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : nil
    }
  }

  /// The mount within which no directory can be made for another one at this path.
  func readOnlyMount(around path: String) -> Mount? {
    guard let around = mount(holding: path) else { return nil }
    let volume = volume(named: around.volume)
    let isReadOnly =
      around.json["readOnly"]?.bool == true
      || ["configMap", "secret", "downwardAPI", "projected"].contains { volume?[$0] != nil }
    return isReadOnly ? around : nil
  }

  /// The innermost mount that a path lies in.
  func mount(holding path: String) -> Mount? {
    mounts.filter { $0.relative(path) != nil }.max { $0.path.count < $1.path.count }
  }
}
