internal import Contract
public import JSON

/// What a user of the Helm chart may set, typed, checked and with every default filled in.
///
/// Only the keys that concern the log-collecting DaemonSet; the chart's other keys are accepted and
/// listed in ``ignoredKeys``, keys that it does not have in ``unknownKeys``.
public struct HelmValues: Hashable, Sendable {
  let offsetStorage: OffsetStorage
  let nativeSidecar: NativeSidecarChoice
  let images: Images
  let imagePullSecrets: [String]
  let resources: Resources
  let daemonSetMetadata: ExtraMetadata
  let podMetadata: ExtraMetadata
  let scheduling: Scheduling
  let securityContexts: ExtraSecurityContexts
  let updateStrategy: JSONValue
  let probes: Probes
  let collector: CollectorOptions
  let logs: LogReading
  let timing: SyncTiming
  let settings: TelemetrySettings
  let isAutopilot: Bool

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
  var rotatedFiles: RotatedFiles {
    if let given = logs.rotatedFiles { return given }
    switch offsetStorage {
    case .volume: return .newest
    case .configMap: return images.hasUpstreamSidecar ? .none : .links
    }
  }
}

/// Resources by container.
struct Resources: Hashable, Sendable {
  let collector: ContainerResources
  let sync: ContainerResources
  let volumeOwnership: ContainerResources
  let configUnpack: ContainerResources
}

/// Where the offsets outlive the pod: never both, never neither.
enum OffsetStorage: Hashable, Sendable {
  /// The config maps that init and sync containers read and write.
  case configMap(OffsetMaps)
  /// A volume of the user's: any Kubernetes `Volume`, passed through.
  case volume(name: String, definition: JSONValue)

  /// Nil with a volume of the user's.
  var maps: OffsetMaps? {
    if case .configMap(let maps) = self { maps } else { nil }
  }
}

/// How offsets lie in config maps, and who guards them.
struct OffsetMaps: Hashable, Sendable {
  let layout: Contract.OffsetLayout
  /// `filelogOffsetSyncPreviousLayout`, or what the cluster shows: set while a release is being
  /// switched back.
  let previousLayout: Contract.OffsetLayout?
  let isPreviousLayoutGiven: Bool
  /// `filelogOffsetSyncAdmissionPolicy`; nil: where nodes make maps, and the cluster has policies.
  let hasAdmissionPolicy: Bool?
  /// `filelogOffsetSyncAdmissionForeignPrefixes`.
  let foreignPrefixes: [String]
  /// `filelogOffsetSyncSharedMapLimit`, bytes of one node; nil: all that fits.
  let sharedLimit: Int?

  /// Whether sync containers make maps of their own, or did until now.
  var includesNodeMaps: Bool { layout == .perNode || previousLayout == .perNode }
}

/// `filelogRotatedFiles`: what the receiver reads of log files that were rotated while no collector
/// ran.
enum RotatedFiles: String, CaseIterable, Hashable, Sendable {
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
enum NativeSidecarChoice: Hashable, Sendable {
  /// As the version of Kubernetes allows; not when it is unknown.
  case auto
  case always
  case never
}

/// Labels and annotations of the user's on an object.
struct ExtraMetadata: Hashable, Sendable {
  let labels: [String: String]
  let annotations: [String: String]
  /// Key paths that the operator sets itself; its values count, as upstream's do.
  let overridden: [String]
}

/// Where pods run; Kubernetes' own structures, checked and passed through.
struct Scheduling: Hashable, Sendable {
  let tolerations: [JSONValue]
  let nodeAffinity: JSONValue?
  let priorityClassName: String?
  let sysctls: [JSONValue]
}

/// Members of security contexts that the user adds, or sets otherwise.
struct ExtraSecurityContexts: Hashable, Sendable {
  let pod: [String: JSONValue]
  let containers: [String: JSONValue]
}

/// What is exported, and how the origin of records is described: of the operator's configuration
/// resource, or the Helm values that the chart makes it from.
struct TelemetrySettings: Hashable, Sendable {
  /// Where records go, unless their namespace has exports of its own.
  let exports: [Export]
  /// Whether collector and sidecar report on themselves.
  let monitorsItself: Bool
  let collectsTelemetry: Bool
  let attributes: AttributeSources
  let clusterName: String?
}

/// Whose labels and annotations become resource attributes of log records.
struct AttributeSources: Hashable, Sendable {
  let pods: Bool
  let namespaces: Bool
  let nodes: Bool
}

/// Switches and sizes of the collector's configuration.
struct CollectorOptions: Hashable, Sendable {
  let delivery: Contract.Delivery
  let compressesConfigMap: Bool
  /// Nil: the collector's own default.
  let batchSize: Int?
  /// Nil: unlimited.
  let maximumBatchSize: Int?
  let isDebugDetailed: Bool
  let enablesPprof: Bool
  let isDevelopment: Bool
  /// `k8s_attributes.disableReplicasetInformer`.
  let avoidsReplicaSets: Bool
  /// `k8s_attributes.wait_for_metadata`.
  let waitsForMetadata: Bool
  /// `k8s_attributes.wait_for_metadata_timeout`; nil: the processor's own.
  let metadataTimeout: String?
}

/// How log files are read.
struct LogReading: Hashable, Sendable {
  /// `filelogStartAt`: of a file without an offset.
  let startAt: StartAt
  /// `filelogRotatedFiles`; nil: not given.
  let rotatedFiles: RotatedFiles?
  /// Further directories of the node that log files are links to; mounted read-only.
  let extraDirectories: [String]

  enum StartAt: String, CaseIterable, Sendable {
    case beginning
    case end
  }
}

/// How often offsets are stored, and how long the end may take.
struct SyncTiming: Hashable, Sendable {
  /// `filelogOffsetSyncInterval`; nil: the program's own default.
  let intervalSeconds: Int?
  /// `filelogOffsetSyncShutdownDeadline`.
  let shutdownDeadlineSeconds: Int
  let isDeadlineGiven: Bool

  /// Of the pod.
  var gracePeriodSeconds: Int {
    ShutdownTiming.gracePeriodSeconds(deadlineSeconds: shutdownDeadlineSeconds)
  }
}
