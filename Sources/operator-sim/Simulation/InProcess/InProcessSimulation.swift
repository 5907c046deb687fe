internal import Text

/// A DaemonSet's life on up to thousands of nodes within this process, in virtual time: the sidecar's
/// own code, an emulated API server without sockets, and models of collectors and applications.
///
/// The same options give the same result, to the byte.
public struct InProcessSimulation {
  private let options: SimulationOptions
  private let output: Simulation.Output
  private let stopRequested: (Duration) -> Bool

  /// - Parameters:
  ///   - options: what to simulate; the work folder and the kubeconfig are not used.
  ///   - output: where progress is shown.
  ///   - stopRequested: waits up to the given time and says whether the user wants to stop.
  public init(
    _ options: SimulationOptions, output: Simulation.Output,
    stopRequested: @escaping (Duration) -> Bool
  ) {
    self.options = options
    self.output = output
    self.stopRequested = stopRequested
  }

  static let notes = [
    "the sidecars are this build's own, within this process and in virtual time",
    "an emulated API server answers them; a way through the network takes 0.5 to 5 ms, and "
      + "contention within etcd is not modelled",
    "collectors and applications are models: a poll and a commit every 200 ms, records arrive "
      + "100 ms later",
  ]

  /// How many pods a rollout replaces at once, unless that is said.
  public static func maxUnavailable(nodes: Int) -> Int { max(1, nodes / 10) }

  /// Plays the scenario.
  /// - Throws: ``SimulationError`` when the scenario cannot be played to its end.
  public func run() throws -> RunResult {
    let plan = options.plan
    try options.check()
    let progress = Progress(output)
    for note in Self.notes { progress.note(note) }
    let fleet = try Fleet(options)
    var failure: (any Error)?
    var activity = "starting"
    var stepsBegun = 0
    var undisturbed: [ClosedRange<Duration>] = []
    var lifeBegan: Duration?
    let maxUnavailable =
      options.maxUnavailable ?? Self.maxUnavailable(nodes: options.nodes)
    func begin(_ index: Int, _ title: String) {
      if let began = lifeBegan { undisturbed.append(began...fleet.time.now) }
      lifeBegan = if case .live = plan.steps[index].step { fleet.time.now } else { nil }
      stepsBegun = index
      activity = title
    }
    let director = try VirtualThread(fleet.time) { thread in
      let runner = FleetRunner(
        fleet: fleet, thread: thread, maxUnavailable: maxUnavailable, begin: begin)
      do { try runner.run(plan.steps) } catch { failure = error }
    }
    keepSampling(fleet) { director.hasEnded }
    var isInterrupted = false
    var events = 0
    _ = fleet.time.run {
      events += 1
      if events.isMultiple(of: 256) {
        isInterrupted = stopRequested(.zero)
        progress.show(Double(stepsBegun) / Double(plan.steps.count)) {
          "\(activity): \(Int(fleet.time.now / .seconds(1))) s of virtual time, "
            + "\(fleet.api.requests.count.grouped) requests"
        }
      }
      return director.hasEnded || isInterrupted
    }
    progress.end()
    director.kill()
    for node in fleet.nodes { node.pod?.kill() }
    if isInterrupted { throw SimulationError.interrupted }
    if let failure { throw failure }
    guard director.hasEnded else { throw SimulationError("nothing is left to happen") }
    fleet.sample()
    return RunResult(fleet, undisturbed: undisturbed, maxUnavailable: maxUnavailable)
  }

  /// Once a second or, with many nodes, less often; the map, which takes longer to read, a tenth as
  /// often.
  private func keepSampling(_ fleet: Fleet, until isDone: @escaping () -> Bool) {
    let interval = Duration.seconds(max(1, options.nodes / 200))
    var samples = 0
    func sample() {
      guard !isDone() else { return }
      fleet.sample()
      if samples.isMultiple(of: 10) { fleet.sampleMap() }
      samples += 1
      fleet.time.after(interval, sample)
    }
    fleet.time.after(.milliseconds(1), sample)
  }
}
