/// Losses or duplicates that a simulation cannot but cause.
struct Allowance: Hashable, Sendable {
  var lost: Bool
  var duplicated: Bool
  /// Why no software could prevent them.
  var reason: String

  init(lost: Bool, duplicated: Bool, reason: String) {
    self.lost = lost
    self.duplicated = duplicated
    self.reason = reason
  }

  /// What the settings make unavoidable; nil: nothing. A scenario file declares it itself.
  init?(_ options: SimulationOptions) {
    let plan = options.plan
    if let declared = plan.declared {
      self = declared
      return
    }
    if plan.isFromFile { return nil }
    var found = plan.steps.compactMap { Self.of($0.step) }
    if options.collectorDelay == nil, plan.steps.contains(where: \.step.isRollout) {
      found.append(
        Allowance(
          lost: false, duplicated: true,
          reason: "a collector that never stops reads on after the sidecar's deadline"))
    }
    if options.outage > Self.longestShutdownOutage,
      plan.steps.contains(where: { $0.step == .rollout(.outageAtShutdown) })
    {
      found.append(
        Allowance(
          lost: false, duplicated: true,
          reason: "an API server that is away longer than a pod may take to stop"))
    }
    if options.deliversAtLeastOnce, found.isEmpty {
      found.append(
        Allowance(
          lost: false, duplicated: true,
          reason:
            "at least once: what a stopping collector was delivering, or had delivered within the "
            + "last moment, is read again"))
    } else if plan.steps.contains(where: { $0.step == .rollout(.backendOutage) }) {
      found.append(
        Allowance(
          lost: true, duplicated: false,
          reason:
            "with bestEffort offsets run ahead of delivery, and what is queued dies with the pod"))
    }
    guard let first = found.first else { return nil }
    self = found.dropFirst().reduce(first) { one, other in
      Allowance(
        lost: one.lost || other.lost, duplicated: one.duplicated || other.duplicated,
        reason: one.reason == other.reason ? one.reason : "\(one.reason); \(other.reason)")
    }
  }

  /// With a little room below the 20 s that a sync container has after SIGTERM.
  private static let longestShutdownOutage = Duration.seconds(15)

  private static func of(_ step: Step) -> Allowance? {
    switch step {
    case .reboot, .crash(.collector):
      Allowance(
        lost: true, duplicated: true,
        reason:
          "a collector that dies loses what it has read and not sent, and sends again what it "
          + "sent after its last checkpoint")
    case .kill:
      Allowance(
        lost: true, duplicated: true,
        reason: "offsets since the last snapshot, and records not yet sent, die with the pod")
    case .fillMap:
      Allowance(
        lost: false, duplicated: true,
        reason: "a full map takes no newer snapshot, so pods start from the last one that fitted")
    default: nil
    }
  }
}

extension Step {
  fileprivate var isRollout: Bool { if case .rollout = self { true } else { false } }
}
