internal import FilelogContract
public import FilelogJSON

extension HelmValues {
  /// The chart's defaults.
  public init() { self.init(reading: [:], chartVersion: DesiredStateRequest.defaultChartVersion) }

  /// Reads a tree, whatever is wrong with it.
  init(reading tree: JSONValue, chartVersion: String) {
    let log = ProblemLog()
    var request = DesiredStateRequest(release: "values", namespace: "values")
    request.valueTrees = [tree]
    var automatic: AutomaticMonitoring?
    self.init(
      ValuesTree.merged(request, log: log), chartVersion: chartVersion, layouts: LayoutFacts(),
      automatic: &automatic, log: log)
  }

  /// Reads a tree of values, as a values file has it, over the chart's defaults.
  /// - Throws: ``InvalidInput`` with every problem in it. What values ask of the cluster and of monitoring
  ///   resources is checked with a whole request.
  public init(
    _ tree: JSONValue, chartVersion: String = DesiredStateRequest.defaultChartVersion
  ) throws(InvalidInput) {
    var request = DesiredStateRequest(release: "values", namespace: "values")
    request.valueTrees = [tree]
    let log = ProblemLog()
    var automatic: AutomaticMonitoring?
    self.init(
      ValuesTree.merged(request, log: log), chartVersion: chartVersion, layouts: LayoutFacts(),
      automatic: &automatic, log: log)
    try log.check()
  }

  /// Reads the merged tree of defaults, files and assignments.
  /// - Parameters:
  ///   - layouts: what counts where the values leave the layout open, or the previous one.
  ///   - automatic: set to what `autoMonitorNamespaces` asks for; nil unless it is enabled.
  init(
    _ tree: SourcedValue, chartVersion: String, layouts: LayoutFacts,
    automatic: inout AutomaticMonitoring?, log: ProblemLog
  ) {
    let reader = ValueReader(keyPath: "", value: tree, parent: tree.origin, log: log)
    let root = reader.object()
    let chart = root["operator"].object()
    let collectors = chart["collectors"].object()
    let dash0 = chart["dash0Export"].object(isSecret: true)
    source = tree.json
    self.chartVersion = chartVersion
    nativeSidecar = NativeSidecarChoice(collectors["filelogOffsetSyncNativeSidecar"])
    images = Images(chart, collectors, chartVersion: chartVersion)
    offsetStorage = OffsetStorage(
      collectors, layouts, upstreamSidecar: images.hasUpstreamSidecar)
    imagePullSecrets = chart["imagePullSecrets"].unlessFalsy.elements().map { element in
      let fields = element.object()
      defer { fields.rejectUnknownKeys() }
      return fields["name"].requiredText(.resourceName)
    }
    resources = Resources(chart: chart, collectors: collectors)
    daemonSetMetadata = ExtraMetadata(
      labels: collectors["daemonSetLabels"].unlessFalsy,
      annotations: collectors["daemonSetAnnotations"].unlessFalsy,
      reservedLabels: Labels.ofDaemonSet)
    podMetadata = ExtraMetadata(
      labels: collectors["daemonSetPodLabels"].unlessFalsy,
      annotations: collectors["daemonSetPodAnnotations"].unlessFalsy,
      reservedLabels: Labels.ofPod, reservedAnnotations: [Labels.configChecksum])
    scheduling = Scheduling(collectors)
    securityContexts = ExtraSecurityContexts(collectors)
    updateStrategy = UpdateStrategy.read(collectors["daemonSetUpdateStrategy"])
    probes = Probes(collectors["daemonSetProbes"])
    collector = CollectorOptions(chart: chart, collectors: collectors)
    logs = LogReading(collectors)
    timing = SyncTiming(collectors)
    settings = TelemetrySettings(chart: chart, dash0: dash0)
    automatic = AutomaticMonitoring(
      chart["autoMonitorNamespaces"], template: chart["monitoringTemplate"])
    let autopilot = chart["gke"].object()["autopilot"].object()
    isAutopilot = autopilot["enabled"].bool()
    autopilot.accept(["deployAllowlistSynchronizer"])
    let ignored = ChartKeys.ignored(
      root: root, chart: chart, collectors: collectors, dash0Export: dash0)
    ignoredKeys = ignored.foreign
    keysWithoutEffect = ignored.withoutEffect
    unknownKeys = ignored.unknown
  }
}

extension TelemetrySettings {
  /// - Parameter dash0: `operator.dash0Export`.
  init(chart: ObjectReader, dash0: ObjectReader) {
    exports = Export(dash0: dash0, others: chart["export"]).map { [$0] } ?? []
    monitorsItself = chart["selfMonitoringEnabled"].bool(default: true)
    collectsTelemetry = chart["telemetryCollectionEnabled"].bool(default: true)
    attributes = AttributeSources(
      pods: chart["collectPodLabelsAndAnnotationsEnabled"].bool(default: true),
      namespaces: chart["collectNamespaceLabelsAndAnnotationsEnabled"].bool(),
      nodes: chart["collectNodeLabelsAndAnnotationsEnabled"].bool())
    clusterName = chart["clusterName"].text(isPrinted: true)
  }
}

extension Resources {
  /// Charts until 0.45.1 had some of these keys one level higher; where they are given they win, as in
  /// the chart's own templates, and what is missing in them is the operator's default.
  init(chart: ObjectReader, collectors: ObjectReader) {
    func read(_ key: String) -> ContainerResources {
      let usual = ValuesTree.defaults[["operator", "collectors", key]]
      let former = chart["collector" + key.prefix(1).uppercased() + key.dropFirst()].unlessFalsy
      guard former.isPresent else { return ContainerResources(collectors[key], usual: usual) }
      collectors[key].noteUnused(because: "\(former.keyPath) counts")
      return ContainerResources(former.over(usual), usual: usual)
    }
    collector = read("daemonSetCollectorContainerResources")
    sync = read("daemonSetFileLogOffsetSyncContainerResources")
    volumeOwnership = ContainerResources(
      collectors["daemonSetFileLogOffsetVolumeOwnershipContainerResources"])
    configUnpack = ContainerResources(collectors["daemonSetConfigUnpackContainerResources"])
  }
}

extension OffsetStorage {
  /// What a volume of the user's takes the place of.
  private static let ofConfigMaps = [
    "daemonSetFileLogOffsetSyncContainerResources", "filelogOffsetSyncAdmissionForeignPrefixes",
    "filelogOffsetSyncAdmissionPolicy", "filelogOffsetSyncInterval", "filelogOffsetSyncLayout",
    "filelogOffsetSyncNativeSidecar", "filelogOffsetSyncPreviousLayout",
    "filelogOffsetSyncSharedMapLimit",
  ]

  private static func policy(_ reader: ValueReader) -> Bool? {
    reader.value == nil ? Optional.none : reader.bool()
  }

  init(_ collectors: ObjectReader, _ facts: LayoutFacts, upstreamSidecar: Bool) {
    let choice: LayoutChoice = collectors["filelogOffsetSyncLayout"].choice() ?? .auto
    let given: Contract.OffsetLayout? = collectors["filelogOffsetSyncPreviousLayout"].choice()
    let policy = Self.policy(collectors["filelogOffsetSyncAdmissionPolicy"])
    let layout: Contract.OffsetLayout
    var reason: LayoutReason?
    switch choice {
    case .shared: layout = .shared
    case .perNode: layout = .perNode
    case .auto:
      (layout, reason) = facts.decide(
        upstreamSidecar: upstreamSidecar, admissionPolicy: policy, isSwitchedBack: given != nil)
    }
    // Pods with a map for each node look into the shared one by themselves.
    let previous = given ?? (layout == .shared ? facts.previous : nil)
    let maps = OffsetMaps(
      layout: layout, layoutReason: reason,
      previousLayout: previous == layout ? Optional.none : previous,
      isPreviousLayoutGiven: given != nil, hasAdmissionPolicy: policy,
      foreignPrefixes: collectors["filelogOffsetSyncAdmissionForeignPrefixes"].elements()
        .map { $0.requiredText() },
      sharedLimit: collectors["filelogOffsetSyncSharedMapLimit"].integer(
        in: 1...Contract.configMapLimit, isPrinted: true))
    // The chart's template leaves an empty one out.
    let volume = collectors["filelogOffsetSyncStorageVolume"].unlessFalsy
    guard volume.isPresent else {
      collectors["daemonSetFileLogOffsetVolumeOwnershipContainerResources"]
        .noteUnused(because: "there is no filelogOffsetSyncStorageVolume")
      self = .configMap(maps)
      return
    }
    for key in Self.ofConfigMaps {
      collectors[key].noteUnused(because: "offsets lie on filelogOffsetSyncStorageVolume")
    }
    let (name, definition) = StorageVolume.read(volume)
    self = .volume(name: name, definition: definition)
  }
}

extension NativeSidecarChoice {
  init(_ reader: ValueReader) {
    switch reader.value?.kind {
    case nil, .scalar(.string("auto")): self = .auto
    case .scalar(.bool(true)), .scalar(.string("true")): self = .always
    case .scalar(.bool(false)), .scalar(.string("false")): self = .never
    default:
      reader.reject(expected: "auto, true or false")
      self = .auto
    }
  }
}

extension CollectorOptions {
  /// What the batch processor takes when no size is set; a maximum must not be below it.
  private static let defaultBatchSize = 8192

  init(chart: ObjectReader, collectors: ObjectReader) {
    delivery = collectors["filelogDelivery"].choice() ?? .bestEffort
    compressesConfigMap = collectors["compressConfigMaps"].bool(as: .variable)
    isDebugDetailed = collectors["debugVerbosityDetailed"].bool(as: .variable)
    enablesPprof = collectors["enablePprofExtension"].bool(as: .variable)
    isDevelopment = chart["developmentMode"].bool(as: .variable)
    let attributes = collectors["k8s_attributes"].object()
    // Older charts had it one level higher.
    let former = collectors["disableReplicasetInformer"].bool(as: .variable)
    avoidsReplicaSets = attributes["disableReplicasetInformer"].bool(as: .variable) || former
    waitsForMetadata = attributes["wait_for_metadata"].bool(as: .variable)
    let timeout = attributes["wait_for_metadata_timeout"]
    metadataTimeout = timeout.text(.goDuration, isPrinted: true)
    if !waitsForMetadata { timeout.noteUnused(because: "wait_for_metadata is off") }
    attributes.rejectUnknownKeys()
    batchSize = Self.size(collectors["sendBatchSize"])
    let maximum = collectors["sendBatchMaxSize"]
    maximumBatchSize = Self.size(maximum)
    let least = batchSize ?? Self.defaultBatchSize
    if let maximumBatchSize, maximumBatchSize < least {
      maximum.reject(
        expected: "0 or at least \(least), the "
          + (batchSize == nil ? "collector's default for sendBatchSize" : "sendBatchSize"))
    }
  }

  /// Zero is the chart's way to leave it unset.
  private static func size(_ reader: ValueReader) -> Int? {
    reader.integer(in: 0...Int(UInt32.max), isPrinted: true).flatMap { $0 == 0 ? nil : $0 }
  }
}

extension ExtraMetadata {
  /// - Parameters:
  ///   - reservedLabels: keys that the operator sets itself.
  ///   - reservedAnnotations: the same of annotations.
  init(
    labels: ValueReader, annotations: ValueReader, reservedLabels: Set<String>,
    reservedAnnotations: Set<String> = []
  ) {
    self.labels = Self.read(labels, .labelValue, named: "a label")
      .filter { !reservedLabels.contains($0.key) }
    self.annotations = Self.read(annotations, .any, named: "an annotation")
      .filter { !reservedAnnotations.contains($0.key) }
    overridden =
      Self.paths(labels, within: reservedLabels)
      + Self.paths(annotations, within: reservedAnnotations)
  }

  private static func paths(_ reader: ValueReader, within keys: Set<String>) -> [String] {
    guard reader.isMapping else { return [] }
    return reader.members().filter { keys.contains($0.key) }.map(\.reader.keyPath)
  }

  private static func read(
    _ reader: ValueReader, _ rule: TextRule, named kind: String
  ) -> [String: String] {
    var result: [String: String] = [:]
    for (key, value) in reader.members() {
      if !KubernetesName.isQualifiedName(key) {
        value.reject(
          found: "the key \(SourcedValue.quote(key))",
          expected: "\(kind) key (name or example.com/name)")
      }
      result[key] = value.text(rule) ?? ""
    }
    return result
  }
}
