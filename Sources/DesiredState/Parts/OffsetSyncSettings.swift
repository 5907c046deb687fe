public import FilelogContract
public import FilelogJSON

/// What the init and the sync container of a pod are made from. Both run the same program in the same
/// environment; only the mode differs.
public struct OffsetSyncSettings: Hashable, Sendable {
  /// The image of both containers.
  public var image: ContainerImage
  /// The config map that all nodes share, and whose name those of single nodes are made from.
  public var configMapName: String
  /// The namespace of all maps; nil: the pod's own, by the downward API.
  public var configMapNamespace: String?
  /// How offsets are laid out in config maps.
  public var layout = Contract.OffsetLayout.shared
  /// Where offsets may still lie while a release is switched back; nil: nowhere.
  public var previousLayout: Contract.OffsetLayout?
  /// The labels of maps that sync containers make; empty where they make none.
  public var mapLabels: [String: String] = [:]
  /// How the collector delivers.
  public var delivery = Contract.Delivery.bestEffort

  /// Where the collector keeps its offsets; its storage extension has the same directory.
  public var directory = Contract.OffsetsVolume.mountPath
  /// The mount of the offsets' volume, and whatever else both containers need.
  public var volumeMounts: [JSONValue] = [filelogReceiverOffsetsVolumeMount()]

  /// Whether both containers link rotated log files for the receiver. They need the mounts of
  /// `nodeLogVolumeMounts` and of ``rotatedLogsVolumeMount(readOnly:)`` for it, writable; the
  /// collector needs them too, and the receiver the pattern of `Contract.RotatedLogs` and
  /// `compression: auto`.
  public var followsRotatedLogs = false

  /// `resources` of both containers; nil: neither requests nor limits.
  public var resources: JSONValue?
  /// `securityContext` of both containers; the user must be the collector's, whose files have mode
  /// 0600.
  public var securityContext = containerSecurityContext()
  /// Whether the sync container is an init container that goes on running (Kubernetes 1.29 and newer).
  public var isNativeSidecar = false

  /// How long the sync container goes on after SIGTERM, in seconds; at least 10 less than the pod's
  /// grace period, so that a last request has time.
  public var shutdownDeadlineSeconds = ShutdownTiming.deadlineSeconds(
    gracePeriodSeconds: ShutdownTiming.gracePeriodSeconds)
  /// How often the sync container looks for changes, in seconds; nil: the program's own default.
  public var syncIntervalSeconds: Int?
  /// Whether both containers log at level debug.
  public var isDebugging = false
  /// `GOMEMLIMIT`, for images whose program is written in Go; nil: not set.
  public var goMemoryLimit: String?

  /// The resource attribute `k8s.daemonset.name` of metrics.
  public var daemonSetName = ""
  /// The resource attribute `k8s.daemonset.uid` of metrics; nil: unknown.
  public var daemonSetUID: String?
  /// The resource attribute `service.version` of metrics.
  public var serviceVersion = ""
  /// The resource attribute `k8s.cluster.uid` of metrics.
  public var clusterUID = ""
  /// The resource attribute `k8s.cluster.name` of metrics.
  public var clusterName = ""
  /// Further variables, `{"name": …, "value": …}`, the `OTEL_*` ones for instance.
  public var extraEnvironment: [JSONValue] = []

  /// Settings with defaults for everything else.
  public init(image: ContainerImage, configMapName: String, configMapNamespace: String? = nil) {
    self.image = image
    self.configMapName = configMapName
    self.configMapNamespace = configMapNamespace
  }

  /// The variables of both containers.
  var environment: [JSONValue] {
    let variables = Contract.Variable.allCases.compactMap { variable in
      value(of: variable).map { EnvironmentVariable(variable.rawValue, $0).json }
    }
    let memory = goMemoryLimit.map { EnvironmentVariable("GOMEMLIMIT", .text($0)).json }
    return variables + (memory.map { [$0] } ?? []) + extraEnvironment
  }

  /// Nil where the variable is left out.
  private func value(of variable: Contract.Variable) -> EnvironmentVariable.Value? {
    switch variable {
    case .configMapNamespace:
      configMapNamespace.map { .text($0) } ?? .podField("metadata.namespace")
    case .configMapName: .text(configMapName)
    case .nodeName: .podField("spec.nodeName")
    case .offsetDirectoryPath: .text(directory)
    case .podUID: .podField("metadata.uid")
    case .podName: .podField("metadata.name")
    case .clusterUID: .text(clusterUID)
    case .clusterName: .text(clusterName)
    case .serviceVersion: .text(serviceVersion)
    case .operatorNamespace: .podField("metadata.namespace")
    case .daemonSetName: .text(daemonSetName)
    case .daemonSetUID: daemonSetUID.map { .text($0) }
    case .shutdownDeadline: .text("\(shutdownDeadlineSeconds)s")
    case .syncInterval: syncIntervalSeconds.map { .text("\($0)s") }
    case .delivery: delivery == .bestEffort ? nil : .text(delivery.rawValue)
    case .configMapLayout: layout == .shared ? nil : .text(layout.rawValue)
    case .configMapPreviousLayout: previousLayout.map { .text($0.rawValue) }
    case .configMapLabels: mapLabels.isEmpty ? nil : .text(Labels.text(mapLabels))
    case .podLogsPath: followsRotatedLogs ? .text(Contract.LogDirectory.pods) : nil
    case .rotatedLogsPath: followsRotatedLogs ? .text(Contract.RotatedLogs.mountPath) : nil
    // Of what is attached alone.
    case .collectorConfiguration: nil
    case .logLevel: isDebugging ? .text("debug") : nil
    }
  }
}
