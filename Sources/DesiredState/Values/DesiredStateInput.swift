public import Contract
internal import JSON
internal import YAML

/// Everything that decides what is rendered, checked: from here on nothing can fail.
public struct DesiredStateInput: Hashable, Sendable {
  /// The release that the manifests belong to.
  public let release: Release
  /// The merged Helm values.
  public let values: HelmValues
  /// Sorted, each once, never the operator's own.
  public let collectedNamespaces: [String]
  /// Whether the sync container is an init container that goes on running.
  let usesNativeSidecar: Bool

  private let isOlderThanAdmissionPolicies: Bool
  /// Whether a policy keeps each pod to its own node's offsets.
  let hasAdmissionPolicy: Bool

  /// Reads and checks a request.
  /// - Throws: ``InvalidInput`` with every problem that the request has.
  public init(_ request: DesiredStateRequest) throws(InvalidInput) {
    let log = ProblemLog()
    release = Release(request, log: log)
    let tree = ValuesTree.merged(request, log: log)
    values = HelmValues(
      tree, chartVersion: request.chartVersion, previousLayout: request.previousLayout, log: log)
    let monitored = MonitoringResources.collectedNamespaces(request, log: log)
    collectedNamespaces = Set(monitored).subtracting([request.namespace]).sorted()
    let version = Self.kubernetesVersion(request, log: log)
    switch values.nativeSidecar {
    case .auto: usesNativeSidecar = version.map { $0 >= .nativeSidecars } ?? false
    case .always: usesNativeSidecar = true
    case .never: usesNativeSidecar = false
    }
    isOlderThanAdmissionPolicies = version.map { $0 < .admissionPolicies } ?? false
    let maps = values.offsetStorage.maps
    let isDefault =
      maps?.includesNodeMaps == true && version.map { $0 >= .admissionPolicies } == true
    hasAdmissionPolicy = maps?.hasAdmissionPolicy ?? (maps != nil && isDefault)
    if isOlderThanAdmissionPolicies, values.offsetStorage.maps?.hasAdmissionPolicy == true {
      log.add(
        .option("--kubernetes-version"), "",
        found: SourcedValue.quote(request.kubernetesVersion ?? ""),
        expected: "1.30 or newer, for operator.collectors.filelogOffsetSyncAdmissionPolicy")
    }
    try log.check()
  }

  private static func kubernetesVersion(
    _ request: DesiredStateRequest, log: ProblemLog
  ) -> KubernetesVersion? {
    guard let text = request.kubernetesVersion else { return nil }
    let version = KubernetesVersion(text)
    if version == nil {
      log.add(
        .option("--kubernetes-version"), "", found: SourcedValue.quote(text),
        expected: "a version like 1.31")
    }
    return version
  }

  /// How offsets lie in config maps; nil with a volume of the user's.
  public var offsetLayout: Contract.OffsetLayout? { values.offsetStorage.maps?.layout }

  /// Where pods look for offsets besides, while a release is switched back; nil: nowhere.
  public var previousLayout: Contract.OffsetLayout? {
    values.offsetStorage.maps?.previousLayout
  }

  /// Whether the values themselves say where offsets may still lie.
  public var saysPreviousLayout: Bool {
    values.offsetStorage.maps?.isPreviousLayoutGiven == true
  }

  /// What somebody should know who reads the manifests, one sentence each.
  public var notes: [String] {
    var notes: [String] = []
    if !values.ignoredKeys.isEmpty {
      notes.append(
        "ignored, as other components own them: " + values.ignoredKeys.joined(separator: ", "))
    }
    if !values.unknownKeys.isEmpty {
      notes.append(
        "ignored, as the chart is not known to have such keys: "
          + values.unknownKeys.joined(separator: ", "))
    }
    if collectedNamespaces.isEmpty {
      notes.append("no namespace is monitored: the collector runs without a pipeline")
    } else if values.exports.isEmpty {
      notes.append("no export is configured: logs only reach the debug exporter")
    }
    return notes + layoutNotes + deliveryNotes
  }

  private var layoutNotes: [String] {
    if values.offsetStorage.maps?.includesNodeMaps == true, !hasAdmissionPolicy,
      !isOlderThanAdmissionPolicies
    {
      return [
        "filelogOffsetSyncLayout perNode without filelogOffsetSyncAdmissionPolicy: each node may write "
          + "every config map of the namespace; give the version of Kubernetes, or set the policy"
      ]
    }
    guard values.offsetStorage.maps?.layout == .perNode, isOlderThanAdmissionPolicies else {
      return []
    }
    return [
      "filelogOffsetSyncLayout perNode before Kubernetes 1.30: config maps of nodes have no owner and "
        + "stay when their node goes"
    ]
  }

  private var deliveryNotes: [String] {
    guard values.collector.delivery == .atLeastOnce else { return [] }
    var notes: [String] = []
    if values.collector.batchSize != nil || values.collector.maximumBatchSize != nil {
      notes.append("sendBatchSize and sendBatchMaxSize do nothing: atLeastOnce has no batches")
    }
    if case .volume = values.offsetStorage {
      notes.append(
        "atLeastOnce on a volume of yours: no sync container takes back the offsets of records that "
          + "a stopping collector drops, so a pod replaced during an outage loses what was in flight"
      )
    }
    return notes
  }
}

extension Release {
  /// Notes what is wrong with the parts of a request that name the release.
  init(_ request: DesiredStateRequest, log: ProblemLog) {
    self.init(
      name: request.release, namespace: request.namespace, chartVersion: request.chartVersion,
      clusterUID: request.clusterUID.flatMap { $0.isEmpty ? nil : $0 })
    Self.check(name, .release, "--release", log)
    Self.check(namespace, .namespace, "--namespace", log)
    Self.check(chartVersion, .chartVersion, "--chart-version", log)
    if let clusterUID { Self.check(clusterUID, .clusterUID, "--cluster-uid", log) }
  }

  private static func check(
    _ text: String, _ rule: TextRule, _ option: String, _ log: ProblemLog
  ) {
    guard !rule.accepts(text) else { return }
    log.add(.option(option), "", found: SourcedValue.quote(text), expected: rule.expected)
  }
}

extension TextRule {
  /// Helm's own limit of 53 leaves room for what names of objects add; the release is also the
  /// value of a label.
  static let release = TextRule(
    expected: "a Helm release name (up to 53 of a-z, 0-9, - and .)"
  ) { $0.utf8.count <= 53 && KubernetesName.isSubdomain($0) }

  /// It is the tag of images and the value of a label; whatever is a label's is a tag too.
  static let chartVersion = TextRule(
    expected: "a chart version (up to 63 letters, digits, -, _ and .)"
  ) { !$0.isEmpty && KubernetesName.isLabelValue($0) }

  static let clusterUID = TextRule(
    expected: "the UID of the namespace kube-system, like 7b0e6c1d-…"
  ) { $0.utf8.count <= 63 && KubernetesName.isLabelValue($0) }
}
