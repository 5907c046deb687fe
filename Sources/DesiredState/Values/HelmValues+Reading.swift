internal import Contract
internal import JSON

extension HelmValues {
  /// Reads the merged tree of defaults, files and `--set` arguments.
  /// - Parameter previousLayout: what counts where the values do not name a previous layout.
  init(
    _ tree: SourcedValue, chartVersion: String, previousLayout: Contract.OffsetLayout?,
    log: ProblemLog
  ) {
    let reader = ValueReader(keyPath: "", value: tree, parent: tree.origin, log: log)
    let root = reader.object()
    let chart = root["operator"].object()
    let collectors = chart["collectors"].object()
    offsetStorage = OffsetStorage(collectors, previousLayout: previousLayout)
    nativeSidecar = NativeSidecarChoice(collectors["filelogOffsetSyncNativeSidecar"])
    images = Images(chart, chartVersion: chartVersion)
    imagePullSecrets = chart["imagePullSecrets"].elements().map { element in
      let fields = element.object()
      defer { fields.rejectUnknownKeys() }
      return fields["name"].requiredText(.resourceName)
    }
    collectorResources = ContainerResources(collectors["daemonSetCollectorContainerResources"])
    syncResources = ContainerResources(collectors["daemonSetFileLogOffsetSyncContainerResources"])
    daemonSetMetadata = ExtraMetadata(
      labels: collectors["daemonSetLabels"], annotations: collectors["daemonSetAnnotations"])
    podMetadata = ExtraMetadata(
      labels: collectors["daemonSetPodLabels"], annotations: collectors["daemonSetPodAnnotations"])
    scheduling = Scheduling(collectors)
    probes = Probes(collectors["daemonSetProbes"])
    collector = CollectorOptions(chart: chart, collectors: collectors)
    let dash0 = chart["dash0Export"].object(isSecret: true)
    exports = Exports(dash0: dash0, others: chart["export"])
    clusterName = chart["clusterName"].text()
    let ignored = ChartKeys.ignored(
      root: root, chart: chart, collectors: collectors, dash0Export: dash0)
    ignoredKeys = ignored.foreign
    unknownKeys = ignored.unknown
  }
}

extension OffsetStorage {
  private static func policy(_ reader: ValueReader) -> Bool? {
    reader.value == nil ? Optional.none : reader.bool()
  }

  init(_ collectors: ObjectReader, previousLayout: Contract.OffsetLayout?) {
    let layout: Contract.OffsetLayout = collectors["filelogOffsetSyncLayout"].choice() ?? .shared
    let given: Contract.OffsetLayout? = collectors["filelogOffsetSyncPreviousLayout"].choice()
    // Pods with a map for each node look into the shared one by themselves.
    let previous = given ?? (layout == .shared ? previousLayout : nil)
    let maps = OffsetMaps(
      layout: layout, previousLayout: previous == layout ? Optional.none : previous,
      isPreviousLayoutGiven: given != nil,
      hasAdmissionPolicy: Self.policy(collectors["filelogOffsetSyncAdmissionPolicy"]),
      foreignPrefixes: collectors["filelogOffsetSyncAdmissionForeignPrefixes"].elements()
        .map { $0.requiredText() },
      sharedLimit: collectors["filelogOffsetSyncSharedMapLimit"].integer(in: 1...1_048_576))
    let volume = collectors["filelogOffsetSyncStorageVolume"]
    guard let definition = volume.value else {
      self = .configMap(maps)
      return
    }
    StorageVolume.check(volume)
    let name = definition.json["name"]?.string ?? ""
    self = .volume(name: name, definition: definition.json)
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
    rotatedFiles = Self.rotatedFiles(
      collectors["filelogRotatedFiles"],
      hasVolume: collectors["filelogOffsetSyncStorageVolume"].value != nil)
    compressesConfigMap = collectors["compressConfigMaps"].bool()
    isDebugDetailed = collectors["debugVerbosityDetailed"].bool()
    enablesPprof = collectors["enablePprofExtension"].bool()
    isDevelopment = chart["developmentMode"].bool()
    monitorsItself = chart["selfMonitoringEnabled"].bool()
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

  /// With a volume of the user's there is no container that could make links.
  private static func rotatedFiles(_ reader: ValueReader, hasVolume: Bool) -> RotatedFiles {
    let given: RotatedFiles? = reader.choice()
    if hasVolume, given == .links {
      reader.reject(
        expected:
          "newest, all or none: with filelogOffsetSyncStorageVolume no container makes links")
    }
    return given ?? (hasVolume ? .newest : .links)
  }

  /// Zero is the chart's way to say "not set".
  private static func size(_ reader: ValueReader) -> Int? {
    reader.integer(in: 0...Int(UInt32.max)).flatMap { $0 == 0 ? nil : $0 }
  }
}

extension ExtraMetadata {
  init(labels: ValueReader, annotations: ValueReader) {
    self.labels = Self.read(labels, .labelValue, named: "a label")
    self.annotations = Self.read(annotations, .any, named: "an annotation")
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
      } else if Labels.isReserved(key) {
        value.reject(
          found: "the key \(SourcedValue.quote(key))",
          expected: "\(kind) that the operator does not set itself")
      }
      result[key] = value.text(rule) ?? ""
    }
    return result
  }
}
