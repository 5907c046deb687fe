/// What happens in a simulation, in order and, where it says so, at which time.
public struct ScenarioPlan: Sendable {
  public var name: String
  /// One clause.
  public var summary: String
  var steps: [PlannedStep]
  /// What the plan itself declares unavoidable; nil: what follows from its steps.
  var declared: Allowance?
  /// Whether a file says it, which then also says what is unavoidable.
  var isFromFile = false
  /// What a file sets, and a flag may change.
  public var settings = Settings()

  /// Settings of a simulation that a scenario file may hold.
  public struct Settings: Hashable, Sendable {
    public var nodes: Int?
    public var applications: Int?
    public var rate: Double?
    public var interval: Duration?
    public var gracePeriod: Duration?
    public var maxUnavailable: Int?
    /// How late collectors react to SIGTERM: never is a time of its own.
    public var collectorDelay: Reaction?
    public var seed: UInt64?

    public enum Reaction: Hashable, Sendable {
      case after(Duration)
      case never
    }
  }

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
