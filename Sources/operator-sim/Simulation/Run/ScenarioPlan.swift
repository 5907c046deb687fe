/// What happens in a simulation, in order and, where it says so, at which time.
public struct ScenarioPlan: Sendable {
  /// What results and messages call it.
  public var name: String
  /// One clause.
  public var summary: String
  var steps: [PlannedStep]
  /// What the plan itself declares unavoidable; nil: what follows from its steps.
  var declared: Allowance?
  /// Whether a file says it, which then also says what is unavoidable.
  var isFromFile = false

  /// - Throws: ``SimulationError`` when these settings cannot play it.
  func check(_ options: SimulationOptions) throws {
    if options.isInProcess {
      guard !steps.contains(where: { $0.step == .rollout(.backendOutage) }) else {
        throw SimulationError("\(name) takes programs: it is not played with --in-process")
      }
    } else {
      guard options.kubeconfig == nil || !steps.contains(where: \.step.needsEmulator) else {
        throw SimulationError(
          "\(name) takes an API server that can be made to misbehave: the emulated one")
      }
      guard !steps.contains(where: \.step.needsVirtualNodes) else {
        throw SimulationError("\(name) takes nodes that come and go: --in-process")
      }
    }
    try checkNodes(options.nodes)
  }

  /// A step for a node that is never there would do nothing, silently.
  private func checkNodes(_ count: Int) throws {
    let added = steps.reduce(0) { sum, planned in
      if case .addNodes(let count) = planned.step { sum + count } else { sum }
    }
    guard count + added <= 2000 else {
      throw SimulationError("\(name): \(count + added) nodes in all, at most 2000 can be simulated")
    }
    let known = Set((1...(count + added)).map { "node-\($0)" })
    for node in steps.flatMap({ $0.nodes ?? [] }) where !known.contains(node) {
      throw SimulationError("\(name): there is no \(node), only node-1 to node-\(count + added)")
    }
  }
}

/// A step with what a scenario file says about it.
struct PlannedStep: Hashable, Sendable {
  var step: Step
  /// Not before then, counted from the moment when every pod runs; nil: after the step before it.
  var time: Duration?
  /// How long it lasts, where that can be said.
  var length: Duration?
  /// Only these, by name; nil: every node.
  var nodes: [String]?

  init(_ step: Step, at time: Duration? = nil, for length: Duration? = nil, nodes: [String]? = nil)
  {
    self.step = step
    self.time = time
    self.length = length
    self.nodes = nodes
  }
}
