internal import FilelogJSON
internal import FilelogYAML

/// A scenario from a file: what happens, in which order and when, and which losses and duplicates are
/// expected.
public struct ScenarioFile: Sendable {
  /// What happens.
  public let plan: ScenarioPlan
  /// What the file wants set, in its order; the caller decides what names there are.
  public let settings: [Setting]

  /// A value that a command line could set too.
  public struct Setting: Hashable, Sendable {
    /// As on the command line, without dashes.
    public let name: String
    /// One, or those of a list; true is an empty text, as a flag without a value.
    public let values: [String]
    /// `scenario.yaml:12: settings.rate`, for messages.
    public let place: String
  }

  /// The most steps of a file, repetitions included.
  static let stepLimit = 10_000

  /// Reads a scenario.
  /// - Parameters:
  ///   - bytes: YAML or JSON.
  ///   - file: the name that messages give.
  /// - Throws: ``SimulationError`` with one line for each problem, with file, line and key.
  public init(_ bytes: [UInt8], file: String) throws(SimulationError) {
    let documents: [YAMLNode]
    do {
      documents = try YAML.parse(bytes, file: file)
    } catch {
      throw SimulationError("\(error)")
    }
    guard documents.count == 1, let root = documents.first else {
      throw SimulationError(
        "\(file): found \(documents.count) documents, expected one with the key steps")
    }
    let problems = FileProblems(file: file)
    let members = FileMapping(FileValue(root, key: "", problems: problems))
    let name = members["name"]?.text()
    let summary = members["summary"]?.text()
    settings = members["settings"].map(Self.settings) ?? []
    let steps = members.required("steps", expected: "a list of steps").map {
      StepReader(list: $0, repeats: members["repeat"]).steps()
    }
    let declared = members["expected"].map(ExpectedLoss.Declaration.init)
    members.rejectUnknownKeys()
    try problems.check()
    let fileName = file.split(separator: "/").last.map(String.init) ?? file
    plan = ScenarioPlan(
      name: name ?? fileName, summary: summary ?? "as \(fileName) says",
      steps: [PlannedStep(.start)] + (steps ?? []) + [Self.end(of: steps ?? [])],
      declared: declared, isFromFile: true)
  }

  /// Everything ends when the last step has, also one that goes on beside the others.
  private static func end(of steps: [PlannedStep]) -> PlannedStep {
    let latest = steps.filter(\.step.isBackground).compactMap(\.time).max()
    return PlannedStep(.drain, at: latest.map { $0 + .milliseconds(1) })
  }

  private static func settings(_ value: FileValue) -> [Setting] {
    value.members().compactMap { key, value in
      value.words().map { Setting(name: key, values: $0, place: value.place) }
    }
  }
}

extension ExpectedLoss.Declaration {
  /// `expected: {lost: true, duplicated: 20, because: …}`
  fileprivate init(_ value: FileValue) {
    let members = FileMapping(value)
    lost = members["lost"]?.limit() ?? .nothing
    duplicated = members["duplicated"]?.limit() ?? .nothing
    reason = members.required("because", expected: "the reason, as a text")?.text() ?? ""
    members.rejectUnknownKeys()
  }
}

extension FileValue {
  /// Whether records are expected, or how many at most.
  fileprivate func limit() -> ExpectedLoss.Declaration.Limit? {
    guard case .scalar(let value) = node.kind else {
      reject(expected: "true, false, or how many at most")
      return nil
    }
    switch value {
    case .bool(let isExpected): return isExpected ? .explained : .nothing
    case .integer(let count) where count >= 0: return .records(count)
    default:
      reject(expected: "true, false, or how many at most")
      return nil
    }
  }
}
