/// What happens to the pods in the course of a simulation.
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
    }
  }

  /// Whether it takes an API server that can be made to misbehave.
  var needsEmulator: Bool {
    switch self {
    case .rollout, .reboot, .kill, .sidecarCrash, .collectorCrash, .backendOutage: false
    case .outageAtStart, .outageWhileRunning, .outageAtShutdown, .tokenExpiry, .mapFull: true
    }
  }

  /// What is done: everything starts and runs, is disturbed as often as asked for, and drains.
  func steps(times: Int, life: Duration) -> [Step] {
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
      case .backendOutage: [.rollout(.backendOutage)]
      case .mapFull: [.fillMap, .live(life), .rollout(.none), .emptyMap]
      }
    return [.start, .live(life)]
      + (0..<times).flatMap { _ in disturbance + [.live(life)] } + [.drain]
  }
}

/// One part of a scenario, done before the next begins.
enum Step: Hashable {
  case start
  case live(Duration)
  case rollout(RolloutFault)
  case reboot
  case kill
  case crash(Crash)
  /// The API server is away for a while.
  case outage
  /// All tokens that were issued so far expire; the kubelets renew them two seconds later.
  case expireTokens
  /// Somebody fills the offsets map up, or takes that out of it again.
  case fillMap
  case emptyMap
  case drain

  enum Crash { case sync, collector }

  /// What goes wrong while each pod is replaced.
  enum RolloutFault { case none, outageAtStart, outageAtShutdown, backendOutage }

  /// Nil for parts that are not counted.
  var title: String? {
    switch self {
    case .start, .live, .drain: nil
    case .rollout(.none): "rollout"
    case .rollout(.outageAtStart): "rollout with an outage at start"
    case .rollout(.outageAtShutdown): "rollout with an outage at shutdown"
    case .rollout(.backendOutage): "rollout with an outage of the backend"
    case .reboot: "reboot"
    case .kill: "kill"
    case .crash(.sync): "sidecar crash"
    case .crash(.collector): "collector crash"
    case .outage: "outage"
    case .expireTokens: "token expiry"
    case .fillMap: "filling the map"
    case .emptyMap: "emptying the map"
    }
  }
}
