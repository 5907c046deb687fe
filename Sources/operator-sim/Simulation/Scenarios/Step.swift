/// One part of a scenario.
enum Step: Hashable, Sendable {
  case start
  case live(Duration)
  case rollout(RolloutFault)
  /// The release is applied with the other layout, and every pod is replaced.
  case switchLayout
  /// The same, and undone at a moment drawn by chance: those pods that were replaced are replaced by
  /// some of the layout before.
  case undoneSwitch
  /// Pods of the version before are replaced by present ones, while log files are rotated.
  case upgrade
  case reboot
  /// A reboot after which pages of the collector's databases are of different moments: the extension
  /// does not sync.
  case powerCut
  /// Collectors compact their databases as they come back from a crash, which makes transaction ids begin
  /// anew, and go on until a reboot, all of it without an API server.
  case compaction
  /// Files without blocks that claim to be as long as files may be, on every offsets volume.
  case sparseFiles
  case kill
  /// The log backend goes away, so that collectors' queues grow and change all the time, and pods are
  /// killed then.
  case busyQueue
  case crash(Crash)
  /// The API server is away for a while.
  case outage
  /// All tokens that were issued so far expire; the kubelets renew them two seconds later.
  case expireTokens
  /// The offsets map is filled up, or that filling is taken out again.
  case fillMap
  case emptyMap
  /// Every kubelet rotates one log file.
  case rotateLogs
  /// So many nodes leave the cluster with all they hold, and as many new ones come.
  case replaceNodes(Int)
  case addNodes(Int)
  case removeNodes(Int)
  /// `operator-sim attach` is run on the manifests, and what it wrote is applied.
  case attach(AttachedVolume)
  case drain

  enum Crash: Sendable {
    case sync, collector
    /// The collector stays down for long, as a container does that crashed often, while its log files
    /// are rotated.
    case collectorBackoff
  }

  /// What goes wrong while each pod is replaced.
  enum RolloutFault: Hashable, Sendable {
    case none, outageAtStart, outageAtShutdown, backendOutage
    /// Each log file is rotated ``Step/rotationsInGap`` times while no collector runs.
    case rotations
    /// The log backend takes 400 ms for each request.
    case slowBackend
    /// A proxy answers reads of config maps in the API server's place while init runs.
    case proxyAnswers
    /// The offsets directory is mounted elsewhere in new pods.
    case movedDirectory
    /// What is stored for a node is replaced while it has no pod.
    case damage(StoredDamage)
  }

  /// What a damaged map, or a compromised node, holds in place of a node's offsets.
  enum StoredDamage: Hashable, Sendable {
    /// What takes far more memory than it is long, for every other node.
    case hostilePayload
    /// The node's offsets, and beside them a database that is not sound.
    case unsoundDatabase
  }

  /// As many rotations as leave everything on the disk of a kubelet that keeps five files.
  static let rotationsInGap = 3

  /// Nil for parts that are not counted.
  var title: String? {
    switch self {
    case .start, .live, .drain: nil
    case .rollout(.none): "rollout"
    case .rollout(.outageAtStart): "rollout with an outage at start"
    case .rollout(.outageAtShutdown): "rollout with an outage at shutdown"
    case .rollout(.backendOutage): "rollout with an outage of the backend"
    case .rollout(.rotations): "rollout with rotations in the gap"
    case .rollout(.slowBackend): "rollout with a slow backend"
    case .rollout(.proxyAnswers): "rollout behind a proxy"
    case .rollout(.movedDirectory): "rollout with a moved directory"
    case .rollout(.damage(.hostilePayload)): "rollout with hostile payloads"
    case .rollout(.damage(.unsoundDatabase)): "rollout with unsound databases"
    case .switchLayout: "switch of layouts"
    case .undoneSwitch: "undone switch of layouts"
    case .upgrade: "upgrade"
    case .reboot: "reboot"
    case .powerCut: "power cut"
    case .compaction: "compaction"
    case .sparseFiles: "sparse files"
    case .kill: "kill"
    case .busyQueue: "kill with a busy queue"
    case .crash(.sync): "sidecar crash"
    case .crash(.collector): "collector crash"
    case .crash(.collectorBackoff): "collector in backoff"
    case .outage: "outage"
    case .expireTokens: "token expiry"
    case .fillMap: "filling the map"
    case .emptyMap: "emptying the map"
    case .rotateLogs: "log rotation"
    case .replaceNodes: "nodes leaving and joining"
    case .addNodes: "nodes joining"
    case .removeNodes: "nodes leaving"
    case .attach(.kept): "attaching to the kept volume"
    case .attach(.replaced): "attaching with an emptyDir in its place"
    }
  }

  /// Whether it takes an API server that fails on demand.
  var needsEmulator: Bool {
    switch self {
    case .rollout(.outageAtStart), .rollout(.outageAtShutdown), .rollout(.proxyAnswers),
      .compaction, .outage, .expireTokens, .fillMap, .emptyMap:
      true
    default: false
    }
  }

  /// Whether it takes a log backend and exporters, which the model of a collector does without.
  var needsProcesses: Bool {
    switch self {
    case .rollout(.backendOutage), .rollout(.slowBackend), .attach, .busyQueue: true
    default: false
    }
  }

  /// Whether it is begun in the background, so that what moves pods goes on meanwhile.
  var isBackground: Bool {
    switch self {
    case .outage, .expireTokens, .fillMap, .emptyMap, .rotateLogs: true
    default: false
    }
  }
}
