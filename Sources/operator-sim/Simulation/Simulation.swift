/// A DaemonSet's life on a few nodes, as an experiment: the rendered manifests applied to an API server,
/// a kubelet for each node, a collector, applications that write logs, and a count of what arrives.
public struct Simulation {
  private let options: SimulationOptions
  private let output: SimulationOutput
  private let stopRequested: (Duration) -> Bool

  /// - Parameters:
  ///   - options: what to play, and on what.
  ///   - output: where progress is shown.
  ///   - stopRequested: waits up to the given time and returns whether the user wants to stop.
  public init(
    _ options: SimulationOptions, output: SimulationOutput,
    stopRequested: @escaping (Duration) -> Bool
  ) {
    self.options = options
    self.output = output
    self.stopRequested = stopRequested
  }

  /// Plays the scenario. Every process it has started has ended when it returns or throws.
  /// - Throws: ``SimulationError`` when the scenario cannot be played to its end.
  public func run() throws -> RunResult {
    try options.check()
    switch options.backend {
    case .processes(let processes):
      return try ProcessSimulation(options, processes, output, stopRequested).run()
    case .virtualTime: return try VirtualSimulation(options, output, stopRequested).run()
    }
  }
}
