/// What happens to the pods in the course of a simulation.
public enum Scenario: String, CaseIterable, Sendable {
  /// Every pod is replaced, one node after another: SIGTERM to all its containers, the grace period,
  /// the volume deleted, a new pod.
  case rollout
  /// Every node loses power: all processes die at once, the volume stays, init containers run again.
  case reboot
  /// Every pod is killed without grace, its volume deleted.
  case kill
  /// Every sync container dies and is started anew.
  case sidecarCrash = "sidecar-crash"
  /// Every collector dies and is started anew on the same volume.
  case collectorCrash = "collector-crash"

  /// One sentence for a list of scenarios.
  public var summary: String {
    switch self {
    case .rollout: "every pod is replaced in order, its volume deleted"
    case .reboot: "every node loses power, volumes stay"
    case .kill: "every pod is killed without grace, its volume deleted"
    case .sidecarCrash: "every sync container dies and comes back"
    case .collectorCrash: "every collector dies and comes back"
    }
  }

  /// What no software can prevent in the course of this, and why; nil: nothing.
  var allowance: Allowance? {
    switch self {
    case .rollout, .sidecarCrash: nil
    case .reboot, .collectorCrash:
      Allowance(
        lost: true, duplicated: true,
        reason:
          "a collector that dies loses what it has read and not sent, and sends again what it "
          + "sent after its last checkpoint")
    case .kill:
      Allowance(
        lost: true, duplicated: true,
        reason: "offsets since the last snapshot, and records not yet sent, die with the pod")
    }
  }

  /// How often each pod is disturbed: as often as asked for.
  func steps(times: Int, life: Duration) -> [Step] {
    let disturbance: [Step] =
      switch self {
      case .rollout: [.rollout]
      case .reboot: [.reboot]
      case .kill: [.kill]
      case .sidecarCrash: [.crash(.sync)]
      case .collectorCrash: [.crash(.collector)]
      }
    return [.start, .live(life)]
      + (0..<times).flatMap { _ in disturbance + [.live(life)] } + [.drain]
  }
}

/// One part of a scenario, done before the next begins.
enum Step: Equatable {
  case start
  case live(Duration)
  case rollout
  case reboot
  case kill
  case crash(Crash)
  case drain

  enum Crash { case sync, collector }
}

/// Losses or duplicates that a scenario cannot but cause.
struct Allowance: Equatable {
  var lost: Bool
  var duplicated: Bool
  var reason: String
}
