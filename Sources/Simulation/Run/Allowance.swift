/// Losses or duplicates that a simulation cannot but cause.
struct Allowance: Equatable {
  var lost: Bool
  var duplicated: Bool
  /// Why no software could prevent them.
  var reason: String

  /// What the settings make unavoidable; nil: nothing.
  init?(_ options: SimulationOptions) {
    switch options.scenario {
    case .reboot, .collectorCrash:
      self.init(
        lost: true, duplicated: true,
        reason:
          "a collector that dies loses what it has read and not sent, and sends again what it "
          + "sent after its last checkpoint")
    case .kill:
      self.init(
        lost: true, duplicated: true,
        reason: "offsets since the last snapshot, and records not yet sent, die with the pod")
    case .mapFull:
      self.init(
        lost: false, duplicated: true,
        reason: "a full map takes no newer snapshot, so pods start from the last one that fitted")
    case .rollout where options.collectorDelay == nil:
      self.init(
        lost: false, duplicated: true,
        reason: "a collector that never stops reads on after the sidecar's deadline")
    case .backendOutage where !options.deliversAtLeastOnce:
      self.init(
        lost: true, duplicated: false,
        reason:
          "with bestEffort offsets run ahead of delivery, and what is queued dies with the pod")
    case .rollout, .sidecarCrash, .outageAtStart, .outageWhileRunning, .outageAtShutdown,
      .tokenExpiry, .backendOutage:
      guard options.deliversAtLeastOnce else { return nil }
      self.init(
        lost: false, duplicated: true,
        reason:
          "at least once: what a stopping collector was delivering, or had delivered within the "
          + "last moment, is read again")
    }
  }

  private init(lost: Bool, duplicated: Bool, reason: String) {
    self.lost = lost
    self.duplicated = duplicated
    self.reason = reason
  }
}
