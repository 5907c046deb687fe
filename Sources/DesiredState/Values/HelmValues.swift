public import FilelogContract
public import FilelogJSON

/// What a user of the Helm chart may set, typed, checked and with every default filled in.
///
/// Only the keys that concern the log-collecting DaemonSet; the chart's other keys are accepted and
/// listed in ``ignoredKeys``, keys that it does not have in ``unknownKeys``. A program changes what it
/// likes and gives ``tree`` to a request, which checks it as it checks a file.
public struct HelmValues: Hashable, Sendable {
  /// `filelogOffsetSyncStorageVolume`, or how offsets lie in config maps.
  public var offsetStorage: OffsetStorage
  /// `filelogOffsetSyncNativeSidecar`.
  public var nativeSidecar: NativeSidecarChoice
  /// The pod's images, with tags.
  public var images: Images
  /// Names of Secrets.
  public var imagePullSecrets: [String]
  /// What containers may use.
  public var resources: Resources
  /// `daemonSetLabels` and `daemonSetAnnotations`.
  public var daemonSetMetadata: ExtraMetadata
  /// `daemonSetPodLabels` and `daemonSetPodAnnotations`.
  public var podMetadata: ExtraMetadata
  /// Tolerations, affinity, priority and sysctls.
  public var scheduling: Scheduling
  /// `daemonSetPodSecurityContext` and `daemonSetContainerSecurityContext`.
  public var securityContexts: ExtraSecurityContexts
  /// `daemonSetUpdateStrategy`, as the DaemonSet gets it.
  public var updateStrategy: JSONValue
  /// `daemonSetProbes`.
  public var probes: Probes
  /// Switches and sizes of the collector's configuration.
  public var collector: CollectorOptions
  /// How log files are read.
  public var logs: LogReading
  /// How often offsets are stored, and how long the end may take.
  public var timing: SyncTiming
  /// Exports and what describes the origin of records. A `Dash0OperatorConfiguration` stands in for it.
  public var settings: TelemetrySettings
  /// `gke.autopilot.enabled`.
  public var isAutopilot: Bool

  /// The merged values that this was read from, with the defaults of the keys that are read here.
  let source: JSONValue
  /// Of the request that this was read for.
  let chartVersion: String

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
  public var collector: ContainerResources
  /// `filelog-offset-init` and `filelog-offset-sync`.
  public var sync: ContainerResources
  /// `filelog-offset-volume-ownership`.
  public var volumeOwnership: ContainerResources
  /// `collector-config-unpack`.
  public var configUnpack: ContainerResources
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
  /// `filelogOffsetSyncLayout`, or what `auto` comes to. Who sets it names a layout.
  public var layout: Contract.OffsetLayout { didSet { layoutReason = nil } }
  /// Why `auto` comes to it; nil where the values name a layout.
  public private(set) var layoutReason: LayoutReason?
  /// `filelogOffsetSyncPreviousLayout`, or what the cluster shows: set while a release is being
  /// switched back.
  public var previousLayout: Contract.OffsetLayout?
  /// Whether the values name the previous layout.
  public let isPreviousLayoutGiven: Bool
  /// `filelogOffsetSyncAdmissionPolicy`; nil: where nodes make maps, and the cluster has policies.
  public var hasAdmissionPolicy: Bool?
  /// `filelogOffsetSyncAdmissionForeignPrefixes`.
  public var foreignPrefixes: [String]
  /// `filelogOffsetSyncSharedMapLimit`, bytes of one node; nil: all that fits.
  public var sharedLimit: Int?

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
  public var labels: [String: String]
  /// Beside the operator's own, which win.
  public var annotations: [String: String]
  /// Key paths that the operator sets itself; its values count, as upstream's do.
  public let overridden: [String]
}

/// Where pods run; Kubernetes' own structures, checked and passed through.
public struct Scheduling: Hashable, Sendable {
  /// Kubernetes' `Toleration` objects.
  public var tolerations: [JSONValue]
  /// Kubernetes' `NodeAffinity`; nil: any node.
  public var nodeAffinity: JSONValue?
  /// The name of a `PriorityClass`; nil: the cluster's default.
  public var priorityClassName: String?
  /// Kubernetes' `Sysctl` objects, for the pod's security context.
  public var sysctls: [JSONValue]
}

/// Members of security contexts that the user adds, or sets otherwise.
public struct ExtraSecurityContexts: Hashable, Sendable {
  /// Members of the pod's.
  public var pod: [String: JSONValue]
  /// Members of each container's.
  public var containers: [String: JSONValue]
}

/// What is exported, and how the origin of records is described: of the operator's configuration
/// resource, or the Helm values that the chart makes it from.
public struct TelemetrySettings: Hashable, Sendable {
  /// Where records go, unless their namespace has exports of its own.
  public var exports: [Export]
  /// Whether collector and sidecar report on themselves.
  public var monitorsItself: Bool
  /// `telemetryCollectionEnabled`; false: nothing is rendered.
  public var collectsTelemetry: Bool
  /// Whose labels and annotations describe records.
  public var attributes: AttributeSources
  /// `k8s.cluster.name` of each record; nil: not set.
  public var clusterName: String?

  /// Whether there is a collector to render.
  func rendersCollector(isDevelopment: Bool) -> Bool {
    collectsTelemetry && (!exports.isEmpty || isDevelopment)
  }
}

/// Whose labels and annotations become resource attributes of log records.
public struct AttributeSources: Hashable, Sendable {
  /// Of the pod that wrote a record.
  public var pods: Bool
  /// Of that pod's namespace.
  public var namespaces: Bool
  /// Of that pod's node.
  public var nodes: Bool
}

/// Switches and sizes of the collector's configuration.
public struct CollectorOptions: Hashable, Sendable {
  /// `filelogDelivery`.
  public var delivery: Contract.Delivery
  /// Whether the configuration lies gzipped in its config map.
  public var compressesConfigMap: Bool
  /// Nil: the collector's own default.
  public var batchSize: Int?
  /// Nil: unlimited.
  public var maximumBatchSize: Int?
  /// Whether every record is printed to the collector's log.
  public var isDebugDetailed: Bool
  /// Whether the collector serves profiles.
  public var enablesPprof: Bool
  /// `developmentMode`: a collector without an export is rendered, too.
  public var isDevelopment: Bool
  /// `k8s_attributes.disableReplicasetInformer`.
  public var avoidsReplicaSets: Bool
  /// `k8s_attributes.wait_for_metadata`.
  public var waitsForMetadata: Bool
  /// `k8s_attributes.wait_for_metadata_timeout`; nil: the processor's own.
  public var metadataTimeout: String?
}

/// How log files are read.
public struct LogReading: Hashable, Sendable {
  /// `filelogStartAt`: of a file without an offset.
  public var startAt: StartAt
  /// `filelogRotatedFiles`; nil: not given.
  public var rotatedFiles: RotatedFiles?
  /// Further directories of the node that log files are links to; mounted read-only.
  public var extraDirectories: [String]

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
  public var intervalSeconds: Int?
  /// `filelogOffsetSyncShutdownDeadline`.
  public var shutdownDeadlineSeconds: Int
  /// Whether the values name the deadline.
  public let isDeadlineGiven: Bool

  /// Of the pod.
  public var gracePeriodSeconds: Int {
    ShutdownTiming.gracePeriodSeconds(deadlineSeconds: shutdownDeadlineSeconds)
  }
}
