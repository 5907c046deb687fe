import FilelogCommandLine
import FilelogText
import Simulation

/// What `run --scenario` names: a scenario with a name, or a file.
struct ScenarioSource {
  /// Nil for a scenario with a name.
  let file: ScenarioFile?
  /// The command line, and behind it what the file sets.
  let invocation: Invocation
  /// Where the values stand that the command line does not give, by option.
  private let places: [String: String]

  /// Options that say what happens in a simulation. Those that say where programs and clusters are,
  /// and what becomes of the result, are not a scenario's to set.
  static let settable = [
    "nodes", "in-process", "life", "rate", "interval", "grace-period", "max-unavailable", "outage",
    "layout", "delivery", "kubernetes-version", "collector-delay", "seed", "set",
  ]

  init(_ given: Invocation) throws {
    guard let name = given.value("--scenario"), Self.isPath(name) else {
      (file, invocation, places) = (nil, given, [:])
      return
    }
    let scenario: ScenarioFile
    do {
      scenario = try ScenarioFile(try File.read(name), file: name)
    } catch let error as SimulationError { throw CommandFailure("\(error)") }
    guard given.value("--rollouts") == nil else {
      throw UsageError("--rollouts: a scenario file says itself how often things happen (repeat)")
    }
    file = scenario
    invocation = given.falling(backOn: try Self.options(scenario.settings, of: given.command))
    places = Dictionary(
      scenario.settings.filter { given.values("--\($0.name)").isEmpty }.map {
        ("--\($0.name)", $0.place)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// What is wrong with a value, and where it stands.
  func placed(_ error: UsageError) -> any Error {
    let text = "\(error)"
    guard let colon = text.firstIndex(of: ":"), let place = places[String(text[..<colon])] else {
      return error
    }
    return CommandFailure(place + text[colon...])
  }

  /// No scenario's name has a slash or a dot in it.
  private static func isPath(_ name: String) -> Bool { name.contains("/") || name.contains(".") }

  private static func options(
    _ settings: [ScenarioFile.Setting], of command: Command
  ) throws -> [String: [String]] {
    var options: [String: [String]] = [:]
    for setting in settings {
      guard let option = command.options.first(where: { $0.name == "--\(setting.name)" }),
        settable.contains(setting.name)
      else { throw CommandFailure("\(setting.place): \(unknown(setting.name))") }
      switch option.argument {
      case .none:
        guard setting.values == [""] || setting.values.isEmpty else {
          throw CommandFailure("\(setting.place): expected true or false")
        }
      case .optional, .required:
        guard setting.values.count == 1, setting.values != [""] else {
          throw CommandFailure("\(setting.place): expected one value: \(option.help)")
        }
      case .repeated:
        guard !setting.values.isEmpty, !setting.values.contains("") else {
          throw CommandFailure("\(setting.place): expected one or several values: \(option.help)")
        }
      }
      if !setting.values.isEmpty { options[option.name] = setting.values }
    }
    return options
  }

  private static func unknown(_ name: String) -> String {
    if let meant = Spelling.closest(to: name, among: settable) {
      return "found an unknown key, did you mean \(meant)?"
    }
    return "found an unknown key, expected one of \(settable.joined(separator: ", "))"
  }
}
