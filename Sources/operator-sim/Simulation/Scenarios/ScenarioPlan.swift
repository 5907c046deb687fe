/// What happens in a simulation, in order and, where one is given, at which time.
public struct ScenarioPlan: Sendable {
  /// What results and messages call it.
  public var name: String
  /// One clause.
  public var summary: String
  var steps: [PlannedStep]
  /// What the plan itself declares as expected; nil: what follows from its steps.
  var declared: ExpectedLoss.Declaration?
  /// Whether it comes from a file, which then also declares what is expected.
  var isFromFile = false

  /// - Throws: ``SimulationError`` when these settings cannot play it.
  func check(_ options: SimulationOptions) throws {
    switch options.backend {
    case .virtualTime:
      guard !steps.contains(where: \.step.needsProcesses) else {
        throw SimulationError(.needsProcesses, "\(name): requires real collectors")
      }
    case .processes(let processes):
      if steps.contains(where: { $0.step == .upgrade }), processes.programs.sync.count < 2 {
        throw SimulationError(
          .needsVersionBefore, "\(name): requires a program of the version before")
      }
      guard case .existing = processes.cluster else { break }
      guard !steps.contains(where: \.step.needsEmulator) else {
        throw SimulationError(.needsFaultInjection, "\(name): requires fault injection")
      }
    }
    try checkNodes(options.nodes)
  }

  /// A step for a node that is never there would do nothing, silently.
  private func checkNodes(_ count: Int) throws {
    let all = count + addedNodes
    guard all <= SimulationOptions.nodeLimitOfRun else {
      throw SimulationError(
        "\(name): too many nodes (\(all), at most \(SimulationOptions.nodeLimitOfRun) can be "
          + "simulated)")
    }
    let known = Set((1...all).map { "node-\($0)" })
    for node in steps.flatMap({ $0.nodes ?? [] }) where !known.contains(node) {
      throw SimulationError("\(name): no such node (\(node); there are node-1 to node-\(all))")
    }
  }

  /// Whether it fills the shared map, which it takes that layout for.
  public var fillsMap: Bool { steps.contains { $0.step == .fillMap } }

  /// Whether it puts sparse files on volumes, which not every file system has room for.
  public var makesSparseFiles: Bool { steps.contains { $0.step == .sparseFiles } }

  /// Whether collectors keep their queues on disk.
  var queuesOnDisk: Bool { steps.contains { $0.step == .busyQueue } }

  /// Whether it is about memory, so that init and sync containers are held to their limit.
  var limitsMemory: Bool { steps.contains { $0.step == .rollout(.damage(.hostilePayload)) } }

  /// How many nodes join in its course.
  var addedNodes: Int {
    steps.reduce(0) { sum, planned in
      switch planned.step {
      case .addNodes(let count), .replaceNodes(let count): sum + count
      default: sum
      }
    }
  }
}

extension SimulationOptions {
  /// The most nodes that are there, over the whole simulation.
  var mostNodes: Int { nodes + plan.addedNodes }
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
