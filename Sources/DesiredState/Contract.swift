/// What the manifests and the offset synchronization container agree on.
///
/// Other software relies on every word of it: dashboards, upstream's own sidecar, and snapshots that
/// already lie in clusters. It is stated here once; tests on both sides pin it.
public enum Contract {
  /// The volume that the collector keeps its offsets in when the user provides none.
  public enum OffsetsVolume {
    public static let name = "filelogreceiver-offsets"
    /// Ten million bytes; the kubelet evicts a pod whose volume grows past it.
    public static let sizeLimit = "10M"
    /// The same in all three containers; also the prefix of the names in stored archives.
    public static let mountPath = "/var/otelcol/filelogreceiver_offsets"
  }

  public enum ContainerName {
    public static let collector = "opentelemetry-collector"
    public static let sync = "filelog-offset-sync"
    public static let initialize = "filelog-offset-init"
    /// Only with a volume of the user's: hands it to the collector's user.
    public static let volumeOwnership = "filelog-offset-volume-ownership"
  }

  public enum Arguments {
    public static let sync = ["--mode=sync"]
    public static let initialize = ["--mode=init"]
  }

  /// The environment of the init and the sync container.
  public enum Variable: String, CaseIterable, Sendable {
    case configMapNamespace = "K8S_CONFIGMAP_NAMESPACE"
    case configMapName = "K8S_CONFIGMAP_NAME"
    case nodeName = "K8S_NODE_NAME"
    case offsetDirectoryPath = "FILELOG_OFFSET_DIRECTORY_PATH"
    case podUID = "K8S_POD_UID"
    case podName = "K8S_POD_NAME"
    case clusterUID = "K8S_CLUSTER_UID"
    case clusterName = "K8S_CLUSTER_NAME"
    case serviceVersion = "SERVICE_VERSION"
    case operatorNamespace = "DASH0_OPERATOR_NAMESPACE"
    case daemonSetName = "K8S_DAEMONSET_NAME"
    /// How long the sync container goes on after SIGTERM, `20s` for instance. Upstream's sidecar does
    /// not know it and ignores it.
    case shutdownDeadline = "SHUTDOWN_DEADLINE"
    /// `debug` in development mode; absent otherwise.
    case logLevel = "LOG_LEVEL"
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
  public static let groupID = 0

  /// The map that holds one snapshot for each node, in the operator's namespace.
  public static func offsetsConfigMapName(release: String) -> String {
    "\(release)-filelogoffsets-cm"
  }
}
