/// What happens to the pods in the course of a simulation: the ones with a name.
public enum Scenario: String, CaseIterable, Sendable {
  /// `rollout`: SIGTERM to a pod, its volume deleted, a new pod; one node after the other.
  case rollout
  /// `reboot`: everything killed at once, volumes kept, init again.
  case reboot
  /// `kill`: SIGKILL to a pod, its volume deleted.
  case kill
  /// `sidecar-crash`: SIGKILL to the sync container, which the kubelet starts again.
  case sidecarCrash = "sidecar-crash"
  /// `collector-crash`: SIGKILL to the collector, which the kubelet starts again.
  case collectorCrash = "collector-crash"
  /// `outage-at-start`: the API server refuses connections while init runs.
  case outageAtStart = "outage-at-start"
  /// `outage-while-running`: it refuses them for a while, then a rollout.
  case outageWhileRunning = "outage-while-running"
  /// `outage-at-shutdown`: it refuses them while a pod stops.
  case outageAtShutdown = "outage-at-shutdown"
  /// `token-expiry`: 401 to every token until the kubelet brings another.
  case tokenExpiry = "token-expiry"
  /// `map-full`: no store succeeds before a rollout.
  case mapFull = "map-full"
  /// The log backend is away for a while around the moment at which each pod is asked to stop.
  case backendOutage = "backend-outage"
  /// `power-cut`: as `reboot`, with databases that the power cut tore.
  case powerCut = "power-cut"
  /// `rotation-in-gap`: log files are rotated three times between a pod's end and its successor.
  case rotationInGap = "rotation-in-gap"
  /// `slow-backend`: the log backend takes 400 ms for each request while pods are replaced.
  case slowBackend = "slow-backend"
  /// `collector-backoff`: a collector stays down within its pod while log files are rotated.
  case collectorBackoff = "collector-backoff"
  /// A vendor's DaemonSet with offsets on a host path is attached in two steps, and brought back to its
  /// host path, each rolled out.
  case attach
  /// `layout-undo`: the layout is switched, that is undone at any moment, and switched again.
  case layoutUndo = "layout-undo"
  /// The version before is upgraded, while log files are rotated three times without a collector.
  case upgrade
  /// `hostile-payload`: what is stored for a node is replaced by what takes much memory.
  case hostilePayload = "hostile-payload"
  /// `unsound-database`: a database that is not sound is added to what is stored for a node.
  case unsoundDatabase = "unsound-database"
  /// `moved-directory`: the offsets directory is mounted elsewhere in new pods.
  case movedDirectory = "moved-directory"
  /// `proxy-404`: a proxy answers in the API server's place while init runs.
  case proxy404 = "proxy-404"
  /// `compaction`: transaction ids begin anew while nothing can be stored, and nodes reboot.
  case compaction
  /// `sparse-files`: files of 2^63-1 bytes lie on the offsets volumes.
  case sparseFiles = "sparse-files"
  /// `busy-queue`: pods are killed while their collectors' queues on disk change too fast to be read.
  case busyQueue = "busy-queue"
  /// Every pod is replaced, the API server is away for long, nodes join and leave.
  case fleet

  /// One clause for a list of scenarios.
  public var summary: String {
    switch self {
    case .rollout: "every pod is replaced in order, its volume deleted"
    case .reboot: "every node loses power, volumes stay and init runs again"
    case .kill: "every pod is killed without grace, its volume deleted"
    case .sidecarCrash: "every sync container dies and comes back"
    case .collectorCrash: "every collector dies and comes back"
    case .outageAtStart: "no API server for a while as each new pod starts"
    case .outageWhileRunning: "no API server for a while as pods run"
    case .outageAtShutdown: "no API server for a while as each pod stops"
    case .tokenExpiry: "every token expires before the kubelets renew it"
    case .mapFull: "the offsets map is full while every pod is replaced"
    case .backendOutage: "no log backend for a while around the end of each pod"
    case .powerCut: "every node loses power, and volumes stay with torn databases"
    case .rotationInGap: "log files are rotated three times while each pod is replaced"
    case .slowBackend: "the log backend answers after 400 ms while each pod is replaced"
    case .collectorBackoff: "every collector stays down for a while, and log files are rotated"
    case .attach:
      "a DaemonSet with offsets on a host path is attached: the volume kept, replaced, kept again"
    case .layoutUndo: "the layout is switched, undone at any moment, and switched again"
    case .upgrade: "the sidecar's version before is replaced while log files are rotated"
    case .hostilePayload:
      "stored offsets of every other node become what takes much memory, as pods are replaced"
    case .unsoundDatabase:
      "an unsound database joins each node's stored offsets, as pods are replaced"
    case .movedDirectory: "the offsets directory is mounted elsewhere in every new pod"
    case .proxy404: "a proxy answers 404, and nonsense, for a while as each new pod starts"
    case .compaction: "no API server, every collector compacts its database, and every node reboots"
    case .sparseFiles: "files of 2^63-1 bytes lie on every offsets volume, then pods are replaced"
    case .busyQueue:
      "no log backend, and every pod is killed while its queue on disk changes too fast to be read"
    case .fleet: "every pod is replaced, the API server is away for long, nodes join and leave"
    }
  }

  /// Whether it needs real collectors, so that virtual time cannot play it.
  public var needsProcesses: Bool {
    plan(times: 1, life: .zero, nodes: 1).steps.contains(where: \.step.needsProcesses)
  }

  /// What is done: everything starts and runs, is disturbed as often as asked for, and drains.
  func plan(times: Int, life: Duration, nodes: Int) -> ScenarioPlan {
    let disturbance: [Step] =
      switch self {
      case .rollout: [.rollout(.none)]
      case .reboot: [.reboot]
      case .kill: [.kill]
      case .sidecarCrash: [.crash(.sync)]
      case .collectorCrash: [.crash(.collector)]
      case .outageAtStart: [.rollout(.outageAtStart)]
      case .outageWhileRunning: [.outage, .rollout(.none)]
      case .outageAtShutdown: [.rollout(.outageAtShutdown)]
      case .tokenExpiry: [.expireTokens, .rollout(.none)]
      case .mapFull: [.fillMap, .live(life), .rollout(.none), .emptyMap]
      case .backendOutage: [.rollout(.backendOutage)]
      case .powerCut: [.powerCut]
      case .rotationInGap: [.rollout(.rotations)]
      case .slowBackend: [.rollout(.slowBackend)]
      case .collectorBackoff: [.crash(.collectorBackoff)]
      case .attach, .upgrade: [.rollout(.none)]
      case .layoutUndo: [.undoneSwitch, .live(life), .switchLayout]
      case .hostilePayload: [.rollout(.damage(.hostilePayload))]
      case .unsoundDatabase: [.rollout(.damage(.unsoundDatabase))]
      case .movedDirectory: [.rollout(.movedDirectory)]
      case .proxy404: [.rollout(.proxyAnswers)]
      case .compaction: [.live(life), .compaction]
      case .sparseFiles: [.sparseFiles, .live(life), .rollout(.none)]
      case .busyQueue: [.busyQueue]
      case .fleet: [.rollout(.none), .live(life), .outage, .live(life), .changeNodes(nodes)]
      }
    // Two steps, and the way back.
    let attachments: [Step] = [.kept, .replaced, .kept].flatMap { volume in
      [.attach(volume), .rollout(.rotations), .live(life)]
    }
    let once: [Step] =
      self == .attach ? attachments : self == .upgrade ? [.upgrade, .live(life)] : []
    let steps =
      [.start, .live(life)] + once
      + (0..<times).flatMap { _ in disturbance + [.live(life)] } + [.drain]
    return ScenarioPlan(name: rawValue, summary: summary, steps: steps.map { PlannedStep($0) })
  }
}

extension Step {
  /// A twentieth of the nodes leaves, and as many come.
  fileprivate static func changeNodes(_ nodes: Int) -> Step { .replaceNodes(max(1, nodes / 20)) }
}
