internal import Contract
internal import DesiredState

/// Which programs on this machine stand for the containers' images.
public struct Programs: Sendable {
  /// Stands for the image of the init container, as ``sync`` does for that of the sync container.
  /// The first pod of a node gets the first of each list, the next the next, and so on in turn.
  public var initialize: [String]
  /// See ``initialize``.
  public var sync: [String]
  /// This very program, which is the stand-in collector as well.
  public var operatorSim: String
  /// A real collector; nil: the stand-in.
  public var collector: String?

  /// Programs by their paths.
  /// - Precondition: neither list is empty.
  public init(initialize: [String], sync: [String], operatorSim: String, collector: String?) {
    precondition(!initialize.isEmpty && !sync.isEmpty, "every container needs a program")
    self.initialize = initialize
    self.sync = sync
    self.operatorSim = operatorSim
    self.collector = collector
  }

  /// The program and its arguments; nil for a container that has nothing to do here: no file of a
  /// simulated node belongs to another user.
  /// - Parameter life: counts the node's pods from 1.
  func invocation(
    of container: ContainerSpec, life: Int, arguments: [String], standInArguments: [String]
  ) throws -> (program: String, arguments: [String])? {
    switch container.name {
    case Contract.ContainerName.initialize:
      return (initialize[(life - 1) % initialize.count], arguments)
    case Contract.ContainerName.sync: return (sync[(life - 1) % sync.count], arguments)
    case Contract.ContainerName.volumeOwnership: return nil
    case Contract.ContainerName.collector:
      if let collector { return (collector, arguments) }
      guard let file = Self.configurationFile(arguments) else {
        throw SimulationError("the collector's arguments name no configuration: \(arguments)")
      }
      return (operatorSim, ["stand-in-collector", "--config", file] + standInArguments)
    default:
      throw SimulationError("there is no program for container \(container.name)")
    }
  }

  /// `--config=file:/etc/otelcol/config.yaml` names `/etc/otelcol/config.yaml`.
  private static func configurationFile(_ arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      var value: Substring
      if argument.hasPrefix("--config=") {
        value = argument.dropFirst("--config=".count)
      } else if argument == "--config", index + 1 < arguments.count {
        value = arguments[index + 1][...]
      } else {
        continue
      }
      if value.hasPrefix("file:") { value = value.dropFirst("file:".count) }
      return String(value)
    }
    return nil
  }
}
