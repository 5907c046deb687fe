internal import FilelogContract
public import FilelogJSON

extension HelmValues {
  /// The values as a values file has them: those that they were read from, and over them every member
  /// that a program has changed since.
  public var tree: JSONValue {
    let read = HelmValues(reading: source, chartVersion: chartVersion)
    var tree = source
    for (mine, theirs) in zip(members, read.members) where mine.value != theirs.value {
      tree = tree.setting(mine.path[...], to: mine.value)
      if let former = Self.formerKeys[mine.path.last ?? ""] {
        tree = tree.setting((["operator"] + former)[...], to: .null)
      }
    }
    return tree
  }

  /// Where older charts had a key; there it would win.
  private static let formerKeys = [
    "daemonSetCollectorContainerResources": ["collectorDaemonSetCollectorContainerResources"],
    "daemonSetFileLogOffsetSyncContainerResources": [
      "collectorDaemonSetFileLogOffsetSyncContainerResources"
    ],
    "disableReplicasetInformer": ["collectors", "disableReplicasetInformer"],
  ]

  private typealias Member = (path: [String], value: JSONValue)

  /// Every member under its key; null where there is none, which takes a default away.
  private var members: [Member] {
    operatorMembers.map { (["operator"] + $0.path, $0.value) }
      + collectorMembers.map { (["operator", "collectors"] + $0.path, $0.value) }
  }

  private var operatorMembers: [Member] {
    [
      (["collectorImage"], images.collector.values),
      (["filelogOffsetSyncImage"], images.offsetSync.values),
      (["filelogOffsetVolumeOwnershipImage"], images.volumeOwnership.values),
      (
        ["imagePullSecrets"],
        .array(imagePullSecrets.map { .object(["name": .string($0)]) })
      ),
      (["dash0Export"], settings.exports.first?.dash0?.values ?? ["enabled": false]),
      (["export"], settings.otherExports),
      (["selfMonitoringEnabled"], .bool(settings.monitorsItself)),
      (["telemetryCollectionEnabled"], .bool(settings.collectsTelemetry)),
      (["collectPodLabelsAndAnnotationsEnabled"], .bool(settings.attributes.pods)),
      (["collectNamespaceLabelsAndAnnotationsEnabled"], .bool(settings.attributes.namespaces)),
      (["collectNodeLabelsAndAnnotationsEnabled"], .bool(settings.attributes.nodes)),
      (["clusterName"], .text(settings.clusterName)),
      (["developmentMode"], .bool(collector.isDevelopment)),
      (["gke", "autopilot", "enabled"], .bool(isAutopilot)),
    ]
  }

  private var collectorMembers: [Member] {
    let batch = [collector.batchSize, collector.maximumBatchSize].map { JSONValue.integer($0 ?? 0) }
    return offsetStorage.members + podMembers + [
      (["collectorCommand"], images.collectorCommand.map(JSONValue.texts) ?? .null),
      (["collectorVersion"], .text(images.collectorVersion.map { "\($0).0" })),
      (["filelogDelivery"], .string(collector.delivery.rawValue)),
      (["compressConfigMaps"], .bool(collector.compressesConfigMap)),
      (["sendBatchSize"], batch[0]),
      (["sendBatchMaxSize"], batch[1]),
      (["debugVerbosityDetailed"], .bool(collector.isDebugDetailed)),
      (["enablePprofExtension"], .bool(collector.enablesPprof)),
      (["k8s_attributes", "disableReplicasetInformer"], .bool(collector.avoidsReplicaSets)),
      (["k8s_attributes", "wait_for_metadata"], .bool(collector.waitsForMetadata)),
      (["k8s_attributes", "wait_for_metadata_timeout"], .text(collector.metadataTimeout)),
      (["filelogStartAt"], .string(logs.startAt.rawValue)),
      (["filelogRotatedFiles"], .text(logs.rotatedFiles?.rawValue)),
      (["filelogExtraLogDirectories"], .texts(logs.extraDirectories)),
      (["filelogOffsetSyncInterval"], .text(timing.intervalSeconds.map { "\($0)s" })),
      (["filelogOffsetSyncShutdownDeadline"], .string("\(timing.shutdownDeadlineSeconds)s")),
      (["filelogOffsetSyncNativeSidecar"], nativeSidecar.value),
    ]
  }

  private var podMembers: [Member] {
    [
      (["daemonSetCollectorContainerResources"], resources.collector.values),
      (["daemonSetFileLogOffsetSyncContainerResources"], resources.sync.values),
      (
        ["daemonSetFileLogOffsetVolumeOwnershipContainerResources"],
        resources.volumeOwnership.values
      ),
      (["daemonSetConfigUnpackContainerResources"], resources.configUnpack.values),
      (["daemonSetLabels"], .texts(daemonSetMetadata.labels)),
      (["daemonSetAnnotations"], .texts(daemonSetMetadata.annotations)),
      (["daemonSetPodLabels"], .texts(podMetadata.labels)),
      (["daemonSetPodAnnotations"], .texts(podMetadata.annotations)),
      (["daemonSetTolerations"], .array(scheduling.tolerations)),
      (
        ["daemonSetNodeAffinity"],
        scheduling.nodeAffinity?.replacing(["requiredDuringSchedulingIgnoredDuringExecution"])
          ?? .null
      ),
      (["daemonSetPriorityClassName"], .text(scheduling.priorityClassName)),
      (["daemonSetSysctls"], .array(scheduling.sysctls)),
      (["daemonSetPodSecurityContext"], .object(securityContexts.pod)),
      (["daemonSetContainerSecurityContext"], .object(securityContexts.containers)),
      (["daemonSetUpdateStrategy"], updateStrategy),
      (["daemonSetProbes", "liveness"], probes.liveness?.values ?? .null),
      (["daemonSetProbes", "readiness"], probes.readiness?.values ?? .null),
      (["daemonSetProbes", "startup"], probes.startup?.values ?? .null),
    ]
  }
}

extension OffsetStorage {
  /// Those of config maps stay what they were beside a volume.
  fileprivate var members: [(path: [String], value: JSONValue)] {
    let volume: JSONValue
    switch self {
    case .configMap: volume = .null
    case .volume(let name, let definition):
      volume = .object((definition.object ?? [:]).merging(["name": .string(name)]) { $1 })
    }
    let maps = maps
    return [
      (["filelogOffsetSyncStorageVolume"], volume),
      (
        ["filelogOffsetSyncLayout"],
        .text(maps.map { $0.layoutReason == nil ? $0.layout.rawValue : "auto" })
      ),
      (["filelogOffsetSyncPreviousLayout"], .text(maps?.previousLayout?.rawValue)),
      (
        ["filelogOffsetSyncAdmissionPolicy"],
        maps?.hasAdmissionPolicy.map(JSONValue.bool) ?? .null
      ),
      (["filelogOffsetSyncAdmissionForeignPrefixes"], .texts(maps?.foreignPrefixes ?? [])),
      (
        ["filelogOffsetSyncSharedMapLimit"], maps?.sharedLimit.map(JSONValue.integer) ?? .null
      ),
    ]
  }
}

extension NativeSidecarChoice {
  fileprivate var value: JSONValue {
    switch self {
    case .auto: "auto"
    case .always: true
    case .never: false
    }
  }
}

extension TelemetrySettings {
  /// Helm values know one export: several make a list, which is refused there.
  fileprivate var otherExports: JSONValue {
    func values(_ export: Export) -> JSONValue {
      .object(omittingNil: [
        "grpc": export.grpc?.values(.grpc), "http": export.http?.values(.http),
      ])
    }
    if exports.count > 1 { return .array(exports.map(values)) }
    return exports.first.map(values) ?? .null
  }
}

extension Dash0Export {
  fileprivate var values: JSONValue {
    var members: [String: JSONValue?] = [
      "enabled": true, "endpoint": .string(endpoint), "dataset": dataset.map(JSONValue.string),
      "keepalive": keepalive?.values,
    ]
    switch token {
    case .literal(let text): members["token"] = .string(text)
    case .reference(let reference): members["secretRef"] = reference.values
    }
    return .object(omittingNil: members)
  }
}

extension OTLPExport {
  /// What a transport does not know is written all the same, and refused where it is read.
  fileprivate func values(_ transport: Transport) -> JSONValue {
    let isPlain = endpoint.lowercased().hasPrefix("http://")
    return .object(omittingNil: [
      "endpoint": .string(endpoint),
      "headers": headers.isEmpty ? nil : .array(headers.map(\.values)),
      "insecure": isPlain == (tls == .none) ? nil : .bool(tls == .none),
      "insecureSkipVerify": tls == .unverified ? true : nil,
      "encoding": encoding == .proto ? nil : .string(encoding.rawValue),
      "keepalive": keepalive?.values,
      "balancer_name": balancer.map { .string($0.rawValue) },
    ])
  }
}

extension Header {
  fileprivate var values: JSONValue {
    switch value {
    case .plain(let text), .secret(.literal(let text)):
      ["name": .string(name), "value": .string(text)]
    case .secret(.reference(let reference)):
      ["name": .string(name), "valueFrom": ["secretKeyRef": reference.values]]
    }
  }
}

extension SecretReference {
  fileprivate var values: JSONValue { ["name": .string(name), "key": .string(key)] }
}

extension Keepalive {
  fileprivate var values: JSONValue {
    .object(omittingNil: [
      "time": time.map(JSONValue.string), "timeout": timeout.map(JSONValue.string),
      "permit_without_stream": permitsWithoutStream ? true : nil,
    ])
  }
}

extension ContainerImage {
  fileprivate var values: JSONValue {
    let digest = reference.firstIndex(of: "@").map { reference[reference.index(after: $0)...] }
    return [
      "repository": .string(repository), "tag": .text(tag),
      "digest": .text(digest.map(String.init)), "pullPolicy": .text(pullPolicy?.rawValue),
    ]
  }
}

extension ContainerResources {
  fileprivate var values: JSONValue {
    func quantities(_ given: [String: Quantity]) -> JSONValue {
      JSONValue.object(given.mapValues { .string($0.text) }).replacing(["cpu", "memory"])
    }
    return [
      "limits": quantities(limits), "requests": quantities(requests),
      "gomemlimit": .text(goMemoryLimit),
    ]
  }
}

extension Probe {
  fileprivate var values: JSONValue {
    JSONValue.object(settings.mapValues(JSONValue.integer)).replacing([
      "failureThreshold", "initialDelaySeconds", "periodSeconds", "timeoutSeconds",
    ])
  }
}

extension JSONValue {
  fileprivate static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

  /// With null for keys that it does not have, since a default would take their place.
  fileprivate func replacing(_ defaults: [String]) -> JSONValue {
    .object(defaults.reduce(into: object ?? [:]) { $0[$1] = $0[$1] ?? .null })
  }

  /// With a value at a path, in mappings that are made where there are none.
  fileprivate func setting(_ path: ArraySlice<String>, to value: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    var members = object ?? [:]
    members[key] = (members[key] ?? [:]).setting(path.dropFirst(), to: value)
    return .object(members)
  }
}
