/// What the manifests and the offset synchronization container agree on.
///
/// Other software relies on every word of it: dashboards, upstream's own sidecar, and snapshots that
/// already lie in clusters. It is stated here once; tests on both sides pin it.
public enum Contract {
  /// The volume that the collector keeps its offsets in when the user provides none.
  public enum OffsetsVolume {
    /// The volume's name in the pod.
    public static let name = "filelogreceiver-offsets"
    /// The kubelet evicts a pod whose volume grows past it.
    public static let sizeLimitBytes = 10_000_000
    /// ``sizeLimitBytes`` as a Kubernetes quantity.
    public static let sizeLimit = "\(sizeLimitBytes / 1_000_000)M"
    /// The same in all three containers; also the prefix of the names in stored archives.
    public static let mountPath = "/var/otelcol/filelogreceiver_offsets"
  }

  /// Names of the pod's containers, by which dashboards and upstream's operator know them.
  public enum ContainerName {
    /// The collector's container.
    public static let collector = "opentelemetry-collector"
    /// The sidecar that stores offsets.
    public static let sync = "filelog-offset-sync"
    /// The init container that restores offsets.
    public static let initialize = "filelog-offset-init"
    /// Only with a volume of the user's: hands it to the collector's user.
    public static let volumeOwnership = "filelog-offset-volume-ownership"
  }

  /// The name under which the API server notes what sync containers write.
  public static let sidecarFieldManager = ContainerName.sync

  /// Within a value of `OTEL_EXPORTER_OTLP_HEADERS`: the text of another variable, which is not
  /// percent-encoded. It is put in after the list was decoded, whole; `$$` in it is one sign, as the
  /// collector reads the same secret. Upstream's sidecar does not know this form.
  public enum HeaderVariable {
    /// `${NAME}`
    public static func text(_ name: String) -> String { "${\(name)}" }
  }

  /// The command lines of the two containers; upstream's image takes the same.
  public enum Arguments {
    /// Of the container ``ContainerName/sync``.
    public static let sync = ["--mode=sync"]
    /// Of the container ``ContainerName/initialize``.
    public static let initialize = ["--mode=init"]
  }

  /// The environment of the init and the sync container.
  public enum Variable: String, CaseIterable, Sendable {
    /// The operator's namespace, which holds the map.
    case configMapNamespace = "K8S_CONFIGMAP_NAMESPACE"
    /// The map's name: ``Contract/offsetsConfigMapName(release:)``.
    case configMapName = "K8S_CONFIGMAP_NAME"
    /// The node's name, from `spec.nodeName`; the key in the map.
    case nodeName = "K8S_NODE_NAME"
    /// Where the volume is mounted: ``OffsetsVolume/mountPath``.
    case offsetDirectoryPath = "FILELOG_OFFSET_DIRECTORY_PATH"
    /// The pod's UID, from `metadata.uid`; a resource attribute of the sidecar's metrics.
    case podUID = "K8S_POD_UID"
    /// The pod's name, from `metadata.name`; a resource attribute of the sidecar's metrics.
    case podName = "K8S_POD_NAME"
    /// The UID of the namespace kube-system, or empty; a resource attribute of metrics.
    case clusterUID = "K8S_CLUSTER_UID"
    /// The Helm value `operator.clusterName`, or empty; a resource attribute of metrics.
    case clusterName = "K8S_CLUSTER_NAME"
    /// The chart's version; the resource attribute `service.version` of metrics.
    case serviceVersion = "SERVICE_VERSION"
    /// The pod's namespace, from `metadata.namespace`; a resource attribute of metrics.
    case operatorNamespace = "DASH0_OPERATOR_NAMESPACE"
    /// The DaemonSet's name; a resource attribute of metrics.
    case daemonSetName = "K8S_DAEMONSET_NAME"
    /// The DaemonSet's UID; a resource attribute of metrics. Absent where it is not known.
    case daemonSetUID = "K8S_DAEMONSET_UID"
    /// How long the sync container goes on after SIGTERM, `20s` for instance. Upstream's sidecar does
    /// not know it and ignores it.
    case shutdownDeadline = "SHUTDOWN_DEADLINE"
    /// `atLeastOnce` where the collector delivers so: then the offsets that a receiver stores while
    /// it stops are not trusted. Absent otherwise, and unknown to upstream's sidecar.
    case delivery = "FILELOG_DELIVERY"
    /// How offsets are laid out in config maps, one of ``OffsetLayout``. Absent where one map is
    /// shared; unknown to upstream's sidecar, which shares one map always.
    case configMapLayout = "K8S_CONFIGMAP_LAYOUT"
    /// The layout from which the release is being switched back; absent otherwise.
    case configMapPreviousLayout = "K8S_CONFIGMAP_PREVIOUS_LAYOUT"
    /// The labels of maps that sync containers make, as `name=value,name=value`; absent where they
    /// make none.
    case configMapLabels = "K8S_CONFIGMAP_LABELS"
    /// How often the sync container looks for changes, `5s` for instance; absent where the
    /// program's own default serves. Unknown to upstream's sidecar.
    case syncInterval = "SYNC_INTERVAL"
    /// Where the node's logs are mounted, ``LogDirectory/pods``: the containers follow rotated files.
    /// Absent where they do not, and unknown to upstream's sidecar.
    case podLogsPath = "FILELOG_POD_LOGS_PATH"
    /// Where the links to rotated files go, ``RotatedLogs/mountPath``. Set together with
    /// ``podLogsPath``.
    case rotatedLogsPath = "FILELOG_ROTATED_LOGS_PATH"
    /// Of the init container alone: what it adds to the collector's configuration file, see
    /// ``CollectorConfiguration``. Absent where it adds nothing, and unknown to upstream's sidecar.
    case collectorConfiguration = "FILELOG_COLLECTOR_CONFIGURATION"
    /// `debug` in development mode; absent otherwise.
    case logLevel = "LOG_LEVEL"
  }

  /// Where container runtimes keep logs, on the node and in the containers that see them.
  public enum LogDirectory {
    /// `<namespace>_<pod>_<uid>/<container>/<restart>.log`, and rotated files beside it.
    public static let pods = "/var/log/pods"
    /// With Docker as the runtime the files under ``pods`` are links to here. On other nodes it does
    /// not exist; the runtime then creates an empty directory, as a host path without a type asks for.
    public static let docker = "/var/lib/docker/containers"
  }

  /// The volume with links to the rotated log files that are not read to their end. It lies beside
  /// ``OffsetsVolume``, so that nothing in it counts against that volume's limit or gets into a payload.
  public enum RotatedLogs {
    /// The volume's name in the pod.
    public static let volumeName = "filelog-rotated-logs"
    /// The same in all containers.
    public static let mountPath = "/var/otelcol/filelog_rotated_logs"
    /// Below ``mountPath``: what the receiver's second pattern matches of a namespace. A number that
    /// tells files apart, then what the path of a log below ``LogDirectory/pods`` has.
    public static func pattern(namespace: String) -> String {
      pattern(of: "\(namespace)_*/*/*.log")
    }
    /// The same for a pattern of a receiver's own, without ``LogDirectory/pods`` and the slash.
    public static func pattern(of pattern: String) -> String { "\(mountPath)/*/\(pattern)" }
  }

  /// A copy of a directory with a collector's configuration file, to which the init container adds
  /// something, and which the collector has mounted over the directory itself: nothing that another tool
  /// writes is changed then.
  public enum CollectorConfiguration {
    /// The volume's name in the pod. It lies in memory, since a configuration may hold secrets.
    public static let volumeName = "filelog-collector-configuration"
    /// As a Kubernetes quantity: for what three config maps hold, and a file while it is written anew.
    public static let sizeLimit = "4Mi"
    /// Where the init container has the volume.
    public static let mountPath = "/var/otelcol/collector_configuration/extended"
    /// Where the init container has the vendor's volume.
    public static let sourcePath = "/var/otelcol/collector_configuration/vendor"
    /// Members of the JSON in ``Variable/collectorConfiguration``: the directory that is copied, the one
    /// that it is copied to, the file in it that is extended, and what is added.
    public static let fromKey = "from"
    /// See ``fromKey``.
    public static let toKey = "to"
    /// See ``fromKey``.
    public static let fileKey = "file"
    /// See ``fromKey``.
    public static let additionsKey = "additions"
  }

  /// The collector's storage extension over ``OffsetsVolume``.
  public static let storageExtension = "file_storage/filelogreceiver_offsets"

  /// Whom the processes of the pod run as, and whom a volume of the user's is handed to.
  ///
  /// One user for all containers, because the collector creates its databases with mode 0600 and the
  /// sync container must read them, and the other way round after a restore. Group 0, because the
  /// container runtimes create log files as root:root with mode 0640: the group is what lets a
  /// process without any capability read them.
  public static let userID = 65532
  /// The group of all containers; see ``userID``.
  public static let groupID = 0

  /// The label whose value is the name of a release.
  public static let instanceLabel = "app.kubernetes.io/instance"

  /// The labels by which the objects of a release are found; every manifest carries them.
  public static func releaseLabels(release: String) -> [String: String] {
    [
      "app.kubernetes.io/name": ContainerName.collector,
      instanceLabel: release,
      "app.kubernetes.io/managed-by": "dash0-operator",
    ]
  }

  /// The map that holds one snapshot for each node, in the operator's namespace.
  public static func offsetsConfigMapName(release: String) -> String {
    "\(release)-filelogoffsets\(sharedMapSuffix)"
  }

  /// What the shared map's name has in place of a node's.
  private static let sharedMapSuffix = "-cm"

  /// What becomes of records while no backend takes them: Helm value `filelogDelivery`, and
  /// ``Variable/delivery``.
  public enum Delivery: String, CaseIterable, Sendable {
    /// They are queued in memory, and lost with the pod; offsets run ahead of them.
    case bestEffort
    /// The receiver waits until they are delivered, and its offsets wait with it.
    case atLeastOnce
  }

  /// The most bytes that the values of a config map take, all together; an API server accepts no more.
  public static let configMapLimit = 1_048_576

  /// Where snapshots lie: Helm value `filelogOffsetSyncLayout`, and ``Variable/configMapLayout``.
  public enum OffsetLayout: String, CaseIterable, Sendable {
    /// One map for all nodes, ``offsetsConfigMapName(release:)``, one key a node: 1 MiB in all.
    case shared
    /// One map for each node, which its sync container makes; see ``NodeMap``.
    case perNode
  }

  /// The maps that sync containers make in the layout ``OffsetLayout/perNode``. Their names follow
  /// from the shared map's, which the containers know.
  public enum NodeMap {
    /// The most characters of a name.
    public static let longestName = 253
    /// Says what a map is: ``nodeKind``, ``partKind`` or ``differenceKind``.
    public static let kindLabel = "dash0.com/filelog-offsets"
    /// A node's own map.
    public static let nodeKind = "node"
    /// One of the maps with parts of a payload that is too large for one.
    public static let partKind = "part"
    /// What changed since the node's own map was written.
    public static let differenceKind = "difference"
    /// The one label of the release's that maps of the kind ``differenceKind`` carry: they are written
    /// at every store, and etcd keeps every version.
    public static let releaseLabel = "app.kubernetes.io/instance"
    /// Holds the node's name, which may be too long for a label or for the map's own name.
    public static let nodeAnnotation = "dash0.com/filelog-offsets-node"
    /// The key, beside the node's, under which a node's map lists its parts.
    public static let partsKey = "_parts.json"
    /// Parts are numbered below this.
    public static let partNumbers = 32

    /// A node's map is called this and the node's name; or, where that is over ``longestName``, this,
    /// a hyphen, and the SHA-256 of the node's name in hexadecimal.
    public static func prefix(release: String) -> String {
      prefix(sharedMap: offsetsConfigMapName(release: release))
    }

    /// As ``prefix(release:)``, for parts; the number and a hyphen come before the node's name.
    public static func partPrefix(release: String) -> String {
      partPrefix(sharedMap: offsetsConfigMapName(release: release))
    }

    /// As ``prefix(release:)``, for differences.
    public static func differencePrefix(release: String) -> String {
      differencePrefix(sharedMap: offsetsConfigMapName(release: release))
    }

    /// As ``prefix(release:)``, from the name that the containers know
    /// (``Variable/configMapName``).
    public static func prefix(sharedMap: String) -> String { "\(stem(sharedMap))-node-" }

    /// As ``partPrefix(release:)``, from the name that the containers know.
    public static func partPrefix(sharedMap: String) -> String { "\(stem(sharedMap))-part-" }

    /// As ``prefix(sharedMap:)``, for differences.
    public static func differencePrefix(sharedMap: String) -> String {
      "\(stem(sharedMap))-diff-"
    }

    /// What a config map of a release holds by its name, and of which node; nil for every other name.
    public static func kind(
      ofMapNamed name: String, release: String
    ) -> (kind: String, node: String)? {
      func node(_ prefix: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
      }
      if let node = node(prefix(release: release)) { return (nodeKind, node) }
      if let node = node(differencePrefix(release: release)) { return (differenceKind, node) }
      // The number and a hyphen come before the node.
      return node(partPrefix(release: release)).map {
        (partKind, String($0.drop(while: \.isNumber).dropFirst()))
      }
    }

    private static func stem(_ sharedMap: String) -> String {
      sharedMap.hasSuffix(sharedMapSuffix)
        ? String(sharedMap.dropLast(sharedMapSuffix.count)) : sharedMap
    }
  }
}
