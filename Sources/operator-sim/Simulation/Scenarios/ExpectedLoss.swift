/// Records that may be lost or arrive again in a simulation because no software could prevent it, and
/// how many at most: what applications write in the time that an event explains.
struct ExpectedLoss: Hashable, Sendable {
  /// At most so many of all nodes together.
  var lost = 0
  /// At most so many arrivals beyond each record's first.
  var duplicated = 0
  /// Why.
  var reason: String

  /// What a scenario file declares: `expected: {lost: true, duplicated: 20, because: …}`.
  struct Declaration: Hashable, Sendable {
    var lost: Limit
    var duplicated: Limit
    var reason: String

    enum Limit: Hashable, Sendable {
      case nothing
      /// As many as the steps explain.
      case explained
      case records(Int)
    }
  }

  /// How long the offsets map had no room, and the API server was away: during that time nothing is
  /// stored, so that all that came meanwhile may come again.
  struct Gaps: Hashable, Sendable {
    var fullMap = Duration.zero
    var outages = Duration.zero
    /// How long each node had written whose stored offsets were replaced, all together.
    var forgotten = Duration.zero
  }

  /// What the settings explain; nil: nothing may be lost or arrive again.
  init?(_ options: SimulationOptions, _ gaps: Gaps = Gaps()) {
    let plan = options.plan
    let windows = Self.windows(options, gaps)
    if plan.isFromFile {
      guard let declared = plan.declared else { return nil }
      func limit(_ limit: Declaration.Limit, _ explained: (Window) -> Int) -> Int {
        switch limit {
        case .nothing: 0
        case .explained: windows.reduce(0) { $0 + explained($1) }
        case .records(let count): count
        }
      }
      self.init(
        lost: limit(declared.lost) { $0.records($0.lost) },
        duplicated: limit(declared.duplicated) { $0.records($0.duplicated) },
        reason: declared.reason)
      return
    }
    let expected = windows.filter(\.isExpected)
    guard !expected.isEmpty else { return nil }
    var reasons: [String] = []
    for window in expected where !reasons.contains(window.reason) { reasons.append(window.reason) }
    self.init(
      lost: expected.reduce(0) { $0 + $1.records($1.lost) },
      duplicated: expected.reduce(0) { $0 + $1.records($1.duplicated) },
      reason: reasons.joined(separator: "; "))
  }

  init(lost: Int, duplicated: Int, reason: String) {
    self.lost = lost
    self.duplicated = duplicated
    self.reason = reason
  }

  /// Whether these figures stay within the limits.
  func allows(lost: Int, duplicated: Int) -> Bool {
    lost <= self.lost && duplicated <= self.duplicated
  }
}

/// For how long what is written may be lost or come again, on so many nodes, each time.
private struct Window {
  var lost = Duration.zero
  var duplicated = Duration.zero
  var reason: String
  /// Pods that it concerns, each time counted.
  var pods = 0
  /// Lines a second on each node.
  var rate = 0.0
  /// Whether a named scenario that has it is about it; otherwise only a file may declare it.
  var isExpected = true

  func records(_ time: Duration) -> Int {
    // What is not whole for the sake of a binary fraction is not one more.
    time > .zero ? Int((time / .seconds(1) * rate * Double(pods) - 1e-6).rounded(.up)) : 0
  }
}

extension ExpectedLoss {
  /// With a little room below the 20 s that a sync container has after SIGTERM.
  private static let longestShutdownOutage = Duration.seconds(15)
  /// From reading a record to its arrival: a poll, and the exporter's way.
  private static let pollAndExport = Duration.milliseconds(300)
  /// From a checkpoint to the next look that confirms it, where offsets move.
  private static let confirmation = Duration.seconds(5)

  private static func windows(_ options: SimulationOptions, _ gaps: Gaps) -> [Window] {
    let timing = Timing(options)
    var windows = options.plan.steps.compactMap { planned in
      window(planned, options, timing, gaps).map { found in
        var window = found
        window.pods = planned.nodes?.count ?? options.mostNodes
        window.rate = timing.rate
        return window
      }
    }
    if gaps.forgotten > .zero {
      windows.append(
        Window(
          duplicated: gaps.forgotten + timing.slack,
          reason: "a node whose offsets were replaced reads its log files from their beginnings",
          pods: 1, rate: timing.rate))
    }
    // What every stop costs is expected where the scenario is about nothing worse.
    if windows.contains(where: \.isExpected) { return windows }
    if options.deliversAtLeastOnce {
      for index in windows.indices { windows[index].isExpected = true }
    }
    return windows
  }

  /// Times that the settings say.
  private struct Timing {
    /// From a change to its store, and the looks in between.
    let store: Duration
    /// What the schedule of this machine, or the model of one, adds to anything.
    let slack: Duration
    /// Lines a second on each node at the end.
    let rate: Double

    init(_ options: SimulationOptions) {
      let isVirtual = if case .virtualTime = options.backend { true } else { false }
      slack = isVirtual ? .milliseconds(500) : .seconds(1)
      store = (options.intervalOverride ?? options.interval) + .seconds(1)
      // In virtual time each application adds its own lines, with processes they share a rate.
      let added = options.plan.steps.reduce(0) { $0 + $1.step.addedApplications }
      rate =
        isVirtual
        ? options.rate * Double(options.applications + added) / Double(max(1, options.applications))
        : options.rate
    }
  }

  private static func window(
    _ planned: PlannedStep, _ options: SimulationOptions, _ timing: Timing, _ gaps: Gaps
  ) -> Window? {
    let unsent = pollAndExport + timing.slack
    switch planned.step {
    case .reboot, .crash(.collector), .crash(.collectorBackoff):
      // A volume that is kept may lose to what is confirmed.
      let unconfirmed = options.deliversAtLeastOnce ? timing.store + confirmation : .zero
      return Window(
        lost: unsent, duplicated: unsent + unconfirmed + gaps.outages,
        reason:
          "a collector that dies loses what it has read and not sent, and sends again what it "
          + "sent after its last checkpoint")
    case .compaction:
      // A crash and a reboot; what is stored is older by the outage.
      let unconfirmed =
        options.deliversAtLeastOnce ? timing.store + confirmation + gaps.outages : .zero
      return Window(
        lost: unsent * 2, duplicated: unsent + unconfirmed,
        reason: "a collector that dies loses what it has read and not sent")
    case .powerCut:
      let unconfirmed = options.deliversAtLeastOnce ? confirmation : .zero
      return Window(
        lost: unsent, duplicated: unsent + timing.store + unconfirmed + gaps.outages,
        reason:
          "a torn database is replaced by the last snapshot, and records not yet sent die with the "
          + "collector")
    case .kill:
      return Window(
        lost: unsent, duplicated: unsent + timing.store + gaps.outages,
        reason: "offsets since the last snapshot, and records not yet sent, die with the pod")
    case .busyQueue:
      // What waits for the backend is stored with the offsets that are past it, or read again.
      return Window(
        duplicated: unsent + timing.store + gaps.outages,
        reason: "what was delivered since the last snapshot is read again")
    case .fillMap:
      return Window(
        duplicated: gaps.fullMap + timing.store + timing.slack,
        reason: "a full map takes no newer snapshot, so pods start from the last one that fitted")
    case .switchLayout, .upgrade: return rollout(.none, .zero, options, timing, gaps)
    case .undoneSwitch:
      var window = rollout(.none, .zero, options, timing, gaps)
      // There and back.
      window.duplicated *= 2
      return window
    case .rollout(let fault):
      return rollout(fault, planned.length ?? options.outage, options, timing, gaps)
    default: return nil
    }
  }

  private static func rollout(
    _ fault: Step.RolloutFault, _ outage: Duration, _ options: SimulationOptions, _ timing: Timing,
    _ gaps: Gaps
  ) -> Window {
    if options.collectorDelay == nil {
      return Window(
        duplicated: (options.gracePeriod ?? .seconds(30)) + timing.store + timing.slack,
        reason: "a collector that never stops reads on after the sidecar's deadline")
    }
    if fault == .outageAtShutdown, outage > longestShutdownOutage {
      // Pods that are replaced later could not store during the outages of those before them.
      return Window(
        duplicated: (gaps.outages + outage) / 2 + timing.store + timing.slack
          + (options.collectorDelay ?? .zero),
        reason: "an API server that is away longer than a pod may take to stop")
    }
    if options.deliversAtLeastOnce {
      let heldUp: Duration =
        fault == .backendOutage ? outage * 2 : fault == .slowBackend ? .seconds(5) : .zero
      return Window(
        duplicated: heldUp + timing.store + confirmation + timing.slack + gaps.outages,
        reason:
          "at least once: what a stopping collector was delivering, or had delivered within the "
          + "last moment, is read again", isExpected: false)
    }
    if fault == .backendOutage {
      return Window(
        lost: outage * 2 + timing.slack,
        reason:
          "with bestEffort offsets run ahead of delivery, and what is queued dies with the pod")
    }
    return Window(
      duplicated: gaps.outages > .zero ? gaps.outages + timing.store : .zero,
      reason: "what is stored while the API server is away comes too late", isExpected: false)
  }
}

extension Step {
  /// How many applications begin to write, for each node that it concerns.
  var addedApplications: Int {
    switch self {
    case .rollout, .switchLayout, .undoneSwitch, .upgrade, .fillMap: 1
    case .powerCut: 6
    default: 0
    }
  }
}
