public import DesiredState
public import FilelogContract

/// What a user may say about how offsets are attached.
public struct AttachOptions: Sendable {
  /// The image of the init and the sync container.
  public var image: ContainerImage
  /// The namespace of objects that have none; nil: such an object is refused.
  public var namespace: String?
  /// `daemonset/agent`: only these; empty: all that log files are collected by.
  public var selection: Set<String> = []
  /// The name of the collector's container, where it cannot be told.
  public var container: String?
  /// Receivers whose names match, `file_log*` for instance; nil: all file log receivers of pipelines.
  public var receivers: String?
  /// Who the collector runs as, where the manifests and the image do not tell.
  public var user: CollectorUser?
  /// The collector's configuration, where the stream does not hold it: the bytes of files that are
  /// merged in order.
  public var configuration: [InputFile] = []
  /// Where snapshots lie.
  public var layout = Contract.OffsetLayout.shared
  /// The shared map's name; nil: `<daemonset>-filelogoffsets-cm`.
  public var mapName: String?
  /// Whether an admission policy keeps pods to their own node's offsets.
  public var hasAdmissionPolicy = false
  /// Decides on a native sidecar; nil: none.
  public var kubernetesVersion: KubernetesVersion?
  /// What becomes of a volume that outlives the pod and holds checkpoints today.
  public var existingVolume: ExistingVolume?
  /// The collector's version, where its image's tag does not tell.
  public var collectorVersion: CollectorVersion?
  /// Whether receivers get patterns for links to rotated files, where they can.
  public var followsRotatedLogs = true
  /// The image has the extension `file_storage`, whatever is known of it.
  public var assumesFileStorage = false
  /// Two pods of one node at a time are accepted.
  public var allowsSurge = false
  /// Whether what is added to a DaemonSet's configuration goes into a copy, where that can be, which the init
  /// container makes and which is mounted over the vendor's: nothing is changed that another tool writes.
  /// Otherwise it is one more argument.
  public var mountsConfiguration = false
  /// What a live object's pods run in, where that is not containerd: others may mount in another order.
  public var otherContainerRuntime: String?
  /// Who else applied a live object.
  public var otherManagers: [String] = []
  /// Succeeds also when nothing was attached.
  public var allowsNone = false

  /// Defaults for everything but the image.
  public init(image: ContainerImage) { self.image = image }

  /// Who the collector's processes are.
  public enum CollectorUser: Hashable, Sendable {
    /// With these ids.
    case ids(user: Int, group: Int?)
    /// Chosen by the platform, as on OpenShift: `runAsUser` is not written.
    case platform
  }

  /// What to do with a volume that outlives the pod.
  public enum ExistingVolume: Sendable {
    /// Synchronize it as it is.
    case keep
    /// An emptyDir takes its place.
    case replace
  }
}
