internal import Contract
internal import JSON

/// What a user of the Helm chart may set, typed, checked and with every default filled in.
///
/// Only the keys that concern the log-collecting DaemonSet; the chart's other keys are accepted and
/// listed in ``ignoredKeys``, keys that it does not have in ``unknownKeys``.
public struct HelmValues: Hashable, Sendable {
  let offsetStorage: OffsetStorage
  let nativeSidecar: NativeSidecarChoice
  let images: Images
  let imagePullSecrets: [String]
  let collectorResources: ContainerResources
  let syncResources: ContainerResources
  let daemonSetMetadata: ExtraMetadata
  let podMetadata: ExtraMetadata
  let scheduling: Scheduling
  let probes: Probes
  let collector: CollectorOptions
  let exports: Exports
  let clusterName: String?

  /// Key paths that were given and belong to other components of the chart, sorted.
  public let ignoredKeys: [String]

  /// Key paths that were given and that no component is known to read, sorted, with what was perhaps
  /// meant. A newer chart may have them.
  public let unknownKeys: [String]
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
}

/// Where pods run; Kubernetes' own structures, checked and passed through.
struct Scheduling: Hashable, Sendable {
  let tolerations: [JSONValue]
  let nodeAffinity: JSONValue?
  let priorityClassName: String?
  let sysctls: [JSONValue]
}

/// Switches and sizes of the collector's configuration.
struct CollectorOptions: Hashable, Sendable {
  let delivery: Contract.Delivery
  let rotatedFiles: RotatedFiles
  let compressesConfigMap: Bool
  /// Nil: the collector's own default.
  let batchSize: Int?
  /// Nil: unlimited.
  let maximumBatchSize: Int?
  let isDebugDetailed: Bool
  let enablesPprof: Bool
  let isDevelopment: Bool
  let monitorsItself: Bool
}
