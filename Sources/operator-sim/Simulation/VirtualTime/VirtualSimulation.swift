internal import FilelogText

/// A simulation within this process, of up to thousands of nodes.
///
/// The same options give the same result, to the byte.
struct VirtualSimulation {
  private let options: SimulationOptions
  private let output: SimulationOutput
  private let stopRequested: (Duration) -> Bool

  init(
    _ options: SimulationOptions, _ output: SimulationOutput,
    _ stopRequested: @escaping (Duration) -> Bool
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

  /// - Parameter prepare: schedules what else is to happen.
  func run(_ prepare: (VirtualFleet) -> Void = { _ in }) throws -> RunResult {
    let progress = Progress(output)
    defer { progress.end() }
    for note in Self.notes { progress.note(note) }
    VirtualThread.expect(2 * options.nodes)
    let fleet = try VirtualFleet(options, stopRequested: stopRequested)
    prepare(fleet)
    let shown = ScenarioProgress(progress, options, atOnce: fleet.maxUnavailable) {
      fleet.time.now
    }
    var failure: (any Error)?
    let director = try VirtualThread(fleet.time) { _ in
      do { try ScenarioRunner(fleet, progress: shown).run() } catch { failure = error }
    }
    fleet.director = director
    keepSampling(fleet) { director.hasEnded }
    var events = 0
    _ = fleet.time.run {
      events += 1
      // On a busy machine a single event of a pod may take a noticeable time.
      try? fleet.checkInterruption()
      if events.isMultiple(of: 256) {
        shown.show {
          "\(Int(fleet.time.now / .seconds(1))) s of virtual time, "
            + "\(fleet.api.requests.count.grouped) requests"
        }
      }
      return director.hasEnded || fleet.isInterrupted || fleet.failure != nil
    }
    let hasEnded = director.hasEnded
    director.kill()
    for node in fleet.nodes { node.pod?.kill() }
    if fleet.isInterrupted {
      fleet.sample()
      return fleet.result(isInterrupted: true)
    }
    if let failure = fleet.failure ?? failure { throw failure }
    guard hasEnded else {
      throw SimulationError(
        "simulation stalled: the event queue is empty before the scenario ended")
    }
    fleet.sample()
    return fleet.result()
  }

  /// Once a second or, with many nodes, less often; the map, which takes longer to read, a tenth as
  /// often.
  private func keepSampling(_ fleet: VirtualFleet, until isDone: @escaping () -> Bool) {
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
