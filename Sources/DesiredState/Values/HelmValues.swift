public import FilelogContract
public import FilelogJSON

/// What a user of the Helm chart may set, typed, checked and with every default filled in.
///
/// Only the keys that concern the log-collecting DaemonSet; the chart's other keys are accepted and
/// listed in ``ignoredKeys``, keys that it does not have in ``unknownKeys``.
public struct HelmValues: Hashable, Sendable {
  /// `filelogOffsetSyncStorageVolume`, or how offsets lie in config maps.
  public let offsetStorage: OffsetStorage
  /// `filelogOffsetSyncNativeSidecar`.
  public let nativeSidecar: NativeSidecarChoice
  /// The pod's images, with tags.
  public let images: Images
  /// Names of Secrets.
  public let imagePullSecrets: [String]
  /// What containers may use.
  public let resources: Resources
  /// `daemonSetLabels` and `daemonSetAnnotations`.
  public let daemonSetMetadata: ExtraMetadata
  /// `daemonSetPodLabels` and `daemonSetPodAnnotations`.
  public let podMetadata: ExtraMetadata
  /// Tolerations, affinity, priority and sysctls.
  public let scheduling: Scheduling
  /// `daemonSetPodSecurityContext` and `daemonSetContainerSecurityContext`.
  public let securityContexts: ExtraSecurityContexts
  /// `daemonSetUpdateStrategy`, as the DaemonSet gets it.
  public let updateStrategy: JSONValue
  /// `daemonSetProbes`.
  public let probes: Probes
  /// Switches and sizes of the collector's configuration.
  public let collector: CollectorOptions
  /// How log files are read.
  public let logs: LogReading
  /// How often offsets are stored, and how long the end may take.
  public let timing: SyncTiming
  /// Exports and what describes the origin of records. A `Dash0OperatorConfiguration` stands in for it.
  public let settings: TelemetrySettings
  /// `gke.autopilot.enabled`.
  public let isAutopilot: Bool

  /// The merged values, with the defaults of the keys that are read here.
  public let tree: JSONValue

  /// Key paths that were given with another value than the chart's default, and belong to other
  /// components of the chart; sorted.
  public let ignoredKeys: [String]

  /// As ``ignoredKeys``, for keys of this DaemonSet in upstream's chart that have no effect on the
  /// part of it that reads logs.
  public let keysWithoutEffect: [String]

  /// Key paths that were given and that no component is known to read, sorted, with what was perhaps
  /// meant. A newer chart may have them.
  public let unknownKeys: [String]

  /// What is read of rotated files. Links where a container makes them; a volume of the user's has no
  /// limit that a wider pattern could reach, and a config map has.
  public var rotatedFiles: RotatedFiles {
    if let given = logs.rotatedFiles { return given }
    switch offsetStorage {
    case .volume: return .newest
    case .configMap: return images.hasUpstreamSidecar ? .none : .links
    }
  }
}

/// Resources by container.
public struct Resources: Hashable, Sendable {
  /// `opentelemetry-collector`.
  public let collector: ContainerResources
  /// `filelog-offset-init` and `filelog-offset-sync`.
  public let sync: ContainerResources
  /// `filelog-offset-volume-ownership`.
  public let volumeOwnership: ContainerResources
  /// `collector-config-unpack`.
  public let configUnpack: ContainerResources
}

/// Where the offsets outlive the pod: never both, never neither.
public enum OffsetStorage: Hashable, Sendable {
  /// The config maps that init and sync containers read and write.
  case configMap(OffsetMaps)
  /// A volume of the user's: any Kubernetes `Volume`, passed through.
  case volume(name: String, definition: JSONValue)

  /// Nil with a volume of the user's.
  public var maps: OffsetMaps? {
    if case .configMap(let maps) = self { maps } else { nil }
  }
}

/// How offsets lie in config maps, and who guards them.
public struct OffsetMaps: Hashable, Sendable {
  /// `filelogOffsetSyncLayout`, or what `auto` comes to.
  public let layout: Contract.OffsetLayout
  /// Why `auto` comes to it; nil where the values name a layout.
  public let layoutReason: LayoutReason?
  /// `filelogOffsetSyncPreviousLayout`, or what the cluster shows: set while a release is being
  /// switched back.
  public let previousLayout: Contract.OffsetLayout?
  /// Whether the values name the previous layout.
  public let isPreviousLayoutGiven: Bool
  /// `filelogOffsetSyncAdmissionPolicy`; nil: where nodes make maps, and the cluster has policies.
  public let hasAdmissionPolicy: Bool?
  /// `filelogOffsetSyncAdmissionForeignPrefixes`.
  public let foreignPrefixes: [String]
  /// `filelogOffsetSyncSharedMapLimit`, bytes of one node; nil: all that fits.
  public let sharedLimit: Int?

  /// Whether sync containers make maps of their own, or did until now.
  public var includesNodeMaps: Bool { layout == .perNode || previousLayout == .perNode }
}

/// `filelogRotatedFiles`: what the receiver reads of log files that were rotated while no collector
/// ran.
public enum RotatedFiles: String, CaseIterable, Hashable, Sendable {
  /// Those that are not read to their end, by links that init and sync containers make.
  case links
  /// All rotated files that are not packed: of each container the newest, as the kubelet has it.
  case newest
  /// All of them.
  case all
  /// None.
  case none
}

/// `filelogOffsetSyncNativeSidecar`.
public enum NativeSidecarChoice: Hashable, Sendable {
  /// As the version of Kubernetes allows; not when it is unknown.
  case auto
  /// Whatever the version.
  case always
  /// Whatever the version.
  case never
}

/// Labels and annotations of the user's on an object.
public struct ExtraMetadata: Hashable, Sendable {
  /// Beside the operator's own, which win.
  public let labels: [String: String]
  /// Beside the operator's own, which win.
  public let annotations: [String: String]
  /// Key paths that the operator sets itself; its values count, as upstream's do.
  public let overridden: [String]
}

/// Where pods run; Kubernetes' own structures, checked and passed through.
public struct Scheduling: Hashable, Sendable {
  /// Kubernetes' `Toleration` objects.
  public let tolerations: [JSONValue]
  /// Kubernetes' `NodeAffinity`; nil: any node.
  public let nodeAffinity: JSONValue?
  /// The name of a `PriorityClass`; nil: the cluster's default.
  public let priorityClassName: String?
  /// Kubernetes' `Sysctl` objects, for the pod's security context.
  public let sysctls: [JSONValue]
}

/// Members of security contexts that the user adds, or sets otherwise.
public struct ExtraSecurityContexts: Hashable, Sendable {
  /// Members of the pod's.
  public let pod: [String: JSONValue]
  /// Members of each container's.
  public let containers: [String: JSONValue]
}

/// What is exported, and how the origin of records is described: of the operator's configuration
/// resource, or the Helm values that the chart makes it from.
public struct TelemetrySettings: Hashable, Sendable {
  /// Where records go, unless their namespace has exports of its own.
  public let exports: [Export]
  /// Whether collector and sidecar report on themselves.
  public let monitorsItself: Bool
  /// `telemetryCollectionEnabled`; false: nothing is rendered.
  public let collectsTelemetry: Bool
  /// Whose labels and annotations describe records.
  public let attributes: AttributeSources
  /// `k8s.cluster.name` of each record; nil: not set.
  public let clusterName: String?

  /// Whether there is a collector to render.
  func rendersCollector(isDevelopment: Bool) -> Bool {
    collectsTelemetry && (!exports.isEmpty || isDevelopment)
  }
}

/// Whose labels and annotations become resource attributes of log records.
public struct AttributeSources: Hashable, Sendable {
  /// Of the pod that wrote a record.
  public let pods: Bool
  /// Of that pod's namespace.
  public let namespaces: Bool
  /// Of that pod's node.
  public let nodes: Bool
}

/// Switches and sizes of the collector's configuration.
public struct CollectorOptions: Hashable, Sendable {
  /// `filelogDelivery`.
  public let delivery: Contract.Delivery
  /// Whether the configuration lies gzipped in its config map.
  public let compressesConfigMap: Bool
  /// Nil: the collector's own default.
  public let batchSize: Int?
  /// Nil: unlimited.
  public let maximumBatchSize: Int?
  /// Whether every record is printed to the collector's log.
  public let isDebugDetailed: Bool
  /// Whether the collector serves profiles.
  public let enablesPprof: Bool
  /// `developmentMode`: a collector without an export is rendered, too.
  public let isDevelopment: Bool
  /// `k8s_attributes.disableReplicasetInformer`.
  public let avoidsReplicaSets: Bool
  /// `k8s_attributes.wait_for_metadata`.
  public let waitsForMetadata: Bool
  /// `k8s_attributes.wait_for_metadata_timeout`; nil: the processor's own.
  public let metadataTimeout: String?
}

/// How log files are read.
public struct LogReading: Hashable, Sendable {
  /// `filelogStartAt`: of a file without an offset.
  public let startAt: StartAt
  /// `filelogRotatedFiles`; nil: not given.
  public let rotatedFiles: RotatedFiles?
  /// Further directories of the node that log files are links to; mounted read-only.
  public let extraDirectories: [String]

  /// Where a file without an offset begins.
  public enum StartAt: String, CaseIterable, Sendable {
    /// With its first record.
    case beginning
    /// With what is written from then on.
    case end
  }
}

/// How often offsets are stored, and how long the end may take.
public struct SyncTiming: Hashable, Sendable {
  /// `filelogOffsetSyncInterval`; nil: the program's own default.
  public let intervalSeconds: Int?
  /// `filelogOffsetSyncShutdownDeadline`.
  public let shutdownDeadlineSeconds: Int
  /// Whether the values name the deadline.
  public let isDeadlineGiven: Bool

  /// Of the pod.
  public var gracePeriodSeconds: Int {
    ShutdownTiming.gracePeriodSeconds(deadlineSeconds: shutdownDeadlineSeconds)
  }
}
