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

  var needsEmulator: Bool { steps.contains { $0.step.needsEmulator } }
  var needsVirtualNodes: Bool { steps.contains { $0.step.needsVirtualNodes } }
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
