internal import FilelogContract

extension Programs {
  /// The program and its arguments; nil for a container that has nothing to do here: no file of a
  /// simulated node belongs to another user.
  /// - Parameters:
  ///   - generation: counts the node's pods from 1.
  ///   - collectorDelay: how late a stand-in reacts to SIGTERM, as text; `never` for never.
  func invocation(
    of container: ContainerSpec, generation: Int, arguments: [String], collectorDelay: String
  ) throws -> (program: String, arguments: [String])? {
    switch container.name {
    case Contract.ContainerName.initialize:
      return (initialize[(generation - 1) % initialize.count], arguments)
    case Contract.ContainerName.sync: return (sync[(generation - 1) % sync.count], arguments)
    case Contract.ContainerName.volumeOwnership: return nil
    case Contract.ContainerName.collector:
      switch collector {
      case .real(let path): return (path, arguments)
      case .standIn(let program, let first):
        let configurations = Self.configurations(arguments)
        guard !configurations.isEmpty else {
          throw SimulationError(
            "container \(container.name): no configuration in its arguments (\(arguments))")
        }
        return (
          program,
          first + configurations.flatMap { ["--config", $0] } + ["--react-after", collectorDelay]
        )
      }
    default:
      throw SimulationError("container \(container.name): no program stands for it")
    }
  }

  /// `--config=file:/etc/otelcol/config.yaml` names `/etc/otelcol/config.yaml`; `yaml:{…}` stays.
  private static func configurations(_ arguments: [String]) -> [String] {
    arguments.indices.compactMap { index in
      let argument = arguments[index]
      var value: Substring
      if argument.hasPrefix("--config=") {
        value = argument.dropFirst("--config=".count)
      } else if argument == "--config", index + 1 < arguments.count {
        value = arguments[index + 1][...]
      } else {
        return nil
      }
      if value.hasPrefix("file:") { value = value.dropFirst("file:".count) }
      return String(value)
    }
  }
}
