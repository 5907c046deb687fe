internal import FilelogContract
internal import FilelogEncodings
internal import FilelogJSON

/// What values ask of each other and of the cluster.
struct InputChecks {
  let usesNativeSidecar: Bool
  let isOlderThanAdmissionPolicies: Bool
  let hasAdmissionPolicy: Bool
  private let request: DesiredStateRequest
  private let values: HelmValues
  private let monitoring: Monitoring
  private let rendersCollector: Bool
  private let collectors: ValueReader
  private let log: ProblemLog

  init(
    _ request: DesiredStateRequest, _ values: HelmValues, _ monitoring: Monitoring,
    tree: SourcedValue, log: ProblemLog
  ) {
    self.request = request
    self.values = values
    self.monitoring = monitoring
    rendersCollector = TelemetrySettings(values, monitoring).rendersCollector(
      isDevelopment: values.collector.isDevelopment)
    self.log = log
    // Problems of this level alone; those within were noted when it was read.
    let reader = ValueReader(keyPath: "", value: tree, parent: tree.origin, log: ProblemLog())
    let collectors = reader.object()["operator"].object()["collectors"]
    self.collectors = ValueReader(
      keyPath: collectors.keyPath, value: collectors.value, parent: tree.origin, log: log)
    let version = request.kubernetesVersion
    switch values.nativeSidecar {
    case .auto: usesNativeSidecar = version.map { $0 >= .nativeSidecars } ?? false
    case .always: usesNativeSidecar = true
    case .never: usesNativeSidecar = false
    }
    isOlderThanAdmissionPolicies = version.map { $0 < .admissionPolicies } ?? false
    let maps = values.offsetStorage.maps
    let isDefault =
      maps?.includesNodeMaps == true && version.map { $0 >= .admissionPolicies } == true
    hasAdmissionPolicy = maps?.hasAdmissionPolicy ?? isDefault
  }

  /// Notes every problem.
  func run() {
    checkAdmissionPolicy()
    checkSidecarImage()
    checkRotatedFiles()
    checkErrorModes()
    checkAppArmor()
    checkAutopilot()
    noteUnused()
  }

  /// GKE Autopilot lets pods mount directories of a node below /var/log alone, and those read-only.
  private func checkAutopilot() {
    guard values.isAutopilot else { return }
    let fields = collectors.object()
    let volume = fields["filelogOffsetSyncStorageVolume"]
    if case .volume(_, let definition) = values.offsetStorage, definition["hostPath"] != nil {
      volume.reject(
        found: "a volume of kind hostPath with operator.gke.autopilot.enabled, which lets no pod "
          + "write to a node",
        expected: "persistentVolumeClaim, or no volume: offsets then travel through config maps")
    }
    for directory in fields["filelogExtraLogDirectories"].elements() {
      guard let path = directory.value?.json.string, !path.hasPrefix("/var/log/") else { continue }
      directory.reject(
        found: "\(SourcedValue.quote(path)) with operator.gke.autopilot.enabled",
        expected: "a directory below /var/log: GKE Autopilot mounts no other of a node")
    }
  }

  /// Values of containers and policies that are not there.
  private func noteUnused() {
    guard rendersCollector else { return }
    let fields = collectors.object()
    if !values.collector.compressesConfigMap {
      fields["daemonSetConfigUnpackContainerResources"]
        .noteUnused(because: "compressConfigMaps is off")
    }
    guard values.offsetStorage.maps != nil, !hasAdmissionPolicy else { return }
    for key in ["filelogOffsetSyncAdmissionForeignPrefixes", "filelogOffsetSyncSharedMapLimit"] {
      fields[key].noteUnused(because: "there is no filelogOffsetSyncAdmissionPolicy")
    }
  }

  /// A field that API servers before 1.30 do not know.
  private func checkAppArmor() {
    guard isOlderThanAdmissionPolicies else { return }
    let fields = collectors.object()
    for key in ["daemonSetPodSecurityContext", "daemonSetContainerSecurityContext"] {
      let profile = fields[key].object()["appArmorProfile"]
      guard profile.isPresent else { continue }
      profile.reject(
        found: "appArmorProfile",
        expected: "Kubernetes 1.30 or newer for it, or the annotation of older versions")
    }
  }

  private func checkAdmissionPolicy() {
    guard isOlderThanAdmissionPolicies, values.offsetStorage.maps?.hasAdmissionPolicy == true
    else { return }
    let version = request.kubernetesVersion.map(\.description) ?? ""
    log.add(
      .request(.kubernetesVersion), "", found: SourcedValue.quote(version),
      expected: "1.30 or newer, for operator.collectors.filelogOffsetSyncAdmissionPolicy")
  }

  /// Values that upstream's sidecar does not know, each with how it would be read there: not at all.
  private func checkSidecarImage() {
    guard values.images.hasUpstreamSidecar, let maps = values.offsetStorage.maps else { return }
    var keys: [String] = []
    if maps.layout == .perNode, maps.layoutReason == nil { keys.append("filelogOffsetSyncLayout") }
    if maps.isPreviousLayoutGiven, maps.previousLayout != nil {
      keys.append("filelogOffsetSyncPreviousLayout")
    } else if maps.includesNodeMaps, keys.isEmpty, rendersCollector {
      collectors.object()["filelogOffsetSyncLayout"].reject(
        found: "offsets in maps of nodes, with upstream's image "
          + values.images.offsetSync.reference,
        expected:
          "operator.filelogOffsetSyncImage with an image of this project until the release is "
          + "switched back to shared: upstream's would begin all log files anew")
    }
    if values.collector.delivery == .atLeastOnce { keys.append("filelogDelivery") }
    if values.logs.rotatedFiles == .links { keys.append("filelogRotatedFiles") }
    if values.timing.intervalSeconds != nil { keys.append("filelogOffsetSyncInterval") }
    if values.timing.isDeadlineGiven { keys.append("filelogOffsetSyncShutdownDeadline") }
    let fields = collectors.object()
    for key in keys {
      fields[key].reject(
        found: "\(fields[key].value?.summary ?? "a value") with upstream's image "
          + values.images.offsetSync.reference,
        expected: "operator.filelogOffsetSyncImage with an image of this project: upstream's does "
          + "not know the value")
    }
  }

  /// With a volume of the user's there is no container that could make links.
  private func checkRotatedFiles() {
    guard case .volume = values.offsetStorage, values.logs.rotatedFiles == .links else { return }
    collectors.object()["filelogRotatedFiles"].reject(
      expected: "newest, all or none: with filelogOffsetSyncStorageVolume no container makes links")
  }

  /// With `atLeastOnce` a record that cannot be processed would be tried again without end, and
  /// nothing after it be read.
  private func checkErrorModes() {
    guard values.collector.delivery == .atLeastOnce else { return }
    for namespace in monitoring.namespaces {
      let modes =
        [namespace.filter?.errorMode, namespace.transform?.errorMode]
        + (namespace.transform?.groups.map(\.errorMode) ?? [])
      guard modes.contains(.propagate) else { continue }
      let field = collectors.object()["filelogDelivery"]
      field.reject(
        found: "atLeastOnce beside error_mode propagate in namespace \(namespace.name)",
        expected: "error_mode ignore or silent: the receiver would try a record that fails again "
          + "and again, and read nothing after it")
    }
  }
}

extension DesiredStateNote {
  /// In the order in which they matter.
  static func all(
    _ input: DesiredStateInput, _ monitoring: Monitoring, _ checks: InputChecks,
    _ unused: [UnusedValue]
  ) -> [DesiredStateNote] {
    ofKeys(input.values) + monitoring.notes + ofConfiguration(input, monitoring)
      + ofUnused(unused) + ofCollection(input) + ofProgram(input) + ofOffsets(input, checks)
  }

  /// One for each reason, in the order of the first value.
  private static func ofUnused(_ values: [UnusedValue]) -> [DesiredStateNote] {
    var reasons: [String] = []
    for value in values where !reasons.contains(value.reason) { reasons.append(value.reason) }
    return reasons.map { reason in
      let places = values.filter { $0.reason == reason }.map { "\($0.origin): \($0.keyPath)" }
      return .withoutEffect(places, reason: reason)
    }
  }

  private static func ofKeys(_ values: HelmValues) -> [DesiredStateNote] {
    var notes: [DesiredStateNote] = []
    if !values.ignoredKeys.isEmpty { notes.append(.ignoredKeys(values.ignoredKeys)) }
    if !values.keysWithoutEffect.isEmpty {
      notes.append(.keysWithoutEffect(values.keysWithoutEffect))
    }
    if !values.unknownKeys.isEmpty { notes.append(.unknownKeys(values.unknownKeys)) }
    let overridden =
      values.daemonSetMetadata.overridden + values.podMetadata.overridden
      + values.probes.overridden
    if !overridden.isEmpty { notes.append(.overriddenKeys(overridden)) }
    return notes
  }

  private static func ofConfiguration(
    _ input: DesiredStateInput, _ monitoring: Monitoring
  ) -> [DesiredStateNote] {
    guard let configuration = monitoring.configuration else { return [] }
    let (mine, usual) = (input.values.settings, HelmValues().settings)
    let theirs = configuration.settings
    func isReplaced<Value: Equatable>(_ member: KeyPath<TelemetrySettings, Value>) -> Bool {
      mine[keyPath: member] != usual[keyPath: member]
        && mine[keyPath: member] != theirs[keyPath: member]
    }
    let hasDash0 = mine.exports.contains { $0.dash0 != nil }
    let hasOthers = mine.exports.contains { $0.grpc != nil || $0.http != nil }
    let keys = [
      ("autoMonitorNamespaces", monitoring.isAutomaticReplaced),
      ("clusterName", isReplaced(\.clusterName)),
      ("collectNamespaceLabelsAndAnnotationsEnabled", isReplaced(\.attributes.namespaces)),
      ("collectNodeLabelsAndAnnotationsEnabled", isReplaced(\.attributes.nodes)),
      ("collectPodLabelsAndAnnotationsEnabled", isReplaced(\.attributes.pods)),
      ("dash0Export", hasDash0 && isReplaced(\.exports)),
      ("export", hasOthers && isReplaced(\.exports)),
      ("selfMonitoringEnabled", isReplaced(\.monitorsItself)),
    ].filter(\.1).map { "operator." + $0.0 }
    return keys.isEmpty ? [] : [.configurationCounts(name: configuration.name, keys: keys)]
  }

  private static func ofCollection(_ input: DesiredStateInput) -> [DesiredStateNote] {
    guard input.settings.collectsTelemetry else { return [.collectionIsOff] }
    var notes: [DesiredStateNote] = []
    if input.settings.exports.isEmpty {
      notes.append(input.rendersCollector ? .debugExportOnly : .noExport)
    }
    if input.rendersCollector, input.namespaces.isEmpty { notes.append(.noNamespace) }
    return notes
  }

  private static func ofProgram(_ input: DesiredStateInput) -> [DesiredStateNote] {
    guard input.rendersCollector else { return [] }
    let images = input.values.images
    var notes: [DesiredStateNote] = []
    if !images.collectorProgram.isEntryPointKnown {
      notes.append(.unknownEntryPoint(image: images.collector.reference))
    }
    let program = images.collectorProgram
    if let version = program.version {
      if program.isTooOld { notes.append(.tooOldCollector(version: "\(version)")) }
      if let known = program.exceededVersion {
        notes.append(.newerCollector(version: "\(version)", known: known))
      }
    }
    guard input.values.collector.delivery == .atLeastOnce else { return notes }
    if let version = program.version, version < .atLeastOnce {
      notes.append(.oldCollector(version: "\(version)"))
    }
    if input.values.collector.batchSize != nil || input.values.collector.maximumBatchSize != nil {
      notes.append(.batchSizesWithoutEffect)
    }
    return notes
  }

  private static func ofOffsets(
    _ input: DesiredStateInput, _ checks: InputChecks
  ) -> [DesiredStateNote] {
    guard input.rendersCollector else { return [] }
    switch input.values.offsetStorage {
    case .volume:
      return input.values.collector.delivery == .atLeastOnce ? [.atLeastOnceOnVolume] : []
    case .configMap(let maps):
      var notes: [DesiredStateNote] = []
      // Upstream's sidecar leaves nothing to choose.
      if let reason = maps.layoutReason, reason != .upstreamSidecar {
        notes.append(.layoutChosen(maps.layout, reason))
      }
      if input.values.logs.rotatedFiles == nil, input.values.rotatedFiles == .none {
        notes.append(.rotatedFilesSkipped)
      }
      if maps.includesNodeMaps, !input.hasAdmissionPolicy, !checks.isOlderThanAdmissionPolicies {
        notes.append(.nodeMapsUnguarded)
      }
      if maps.layout == .perNode, checks.isOlderThanAdmissionPolicies {
        notes.append(.nodeMapsStay)
      }
      return notes
    }
  }
}

/// Whether the configuration fits a config map.
struct ConfigurationSize {
  let isCompressed: Bool
  private let plainBytes: Int
  private let storedBytes: Int
  private let isAsked: Bool

  /// What the API server accepts for the values of a config map, less what the metadata may take.
  private static let limit = Contract.configMapLimit - 16_384

  init(_ input: DesiredStateInput, of text: String) {
    isAsked = input.compressesConfiguration
    guard input.rendersCollector else {
      (plainBytes, storedBytes, isCompressed) = (0, 0, isAsked)
      return
    }
    plainBytes = text.utf8.count
    isCompressed = isAsked || plainBytes > Self.limit
    storedBytes = isCompressed ? Gzip.compress(Array(text.utf8)).count : plainBytes
  }

  var notes: [DesiredStateNote] {
    isCompressed && !isAsked ? [.configurationCompressed(bytes: plainBytes)] : []
  }

  func problem(_ origin: Origin) -> Problem? {
    guard storedBytes > Self.limit else { return nil }
    return Problem(
      origin: origin, keyPath: "",
      found: "a collector configuration of \(storedBytes) bytes when compressed",
      expected: .value("at most \(Self.limit): monitor fewer namespaces, or with fewer filters"))
  }
}
