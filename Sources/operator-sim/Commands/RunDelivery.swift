import FilelogCommandLine
import FilelogJSON
import FilelogYAML
import FoundationEssentials
import Simulation

/// Which ways of delivering records `run` plays.
enum RunDelivery: String, CaseIterable {
  case atLeastOnce, bestEffort, both

  private static let path = ["operator", "collectors", "filelogDelivery"]
  private static let key = path.joined(separator: ".")

  /// The values to play, one after the other; nil: as the Helm values have it.
  ///
  /// - Parameter scenario: one that is about delivery plays what it compares, unless one was chosen; nil:
  ///   one from a file.
  static func chosen(
    _ invocation: Invocation, values: [[UInt8]], scenario: Scenario?
  ) throws -> [RunDelivery?] {
    if invocation.value("--delivery") != nil {
      let choice: RunDelivery = try invocation.choice("--delivery", default: .both)
      return choice == .both ? [.atLeastOnce, .bestEffort] : [choice]
    }
    let isSet =
      invocation.values("--set").contains { $0.contains(key + "=") }
      || values.contains { bytes in
        // What is wrong with them is reported when they are rendered.
        var value = (try? YAML.parse(bytes, file: ""))?.first?.value
        for name in path { value = value?[name] }
        return value != nil
      }
    guard !isSet else { return [nil] }
    return switch scenario {
    case .backendOutage: [.atLeastOnce, .bestEffort]
    // With bestEffort what is queued at the end of a pod dies with it.
    case .slowBackend: [.atLeastOnce]
    default: [nil]
    }
  }

  var set: String { "\(Self.key)=\(rawValue)" }
}

/// What came of `run`: of one simulation, or of one for each way of delivering records.
enum RunOutcome {
  case single(RunResult)
  case compared(DeliveryComparison)

  init(_ modes: [DeliveryComparison.Mode]) {
    self = modes.count == 1 ? .single(modes[0].result) : .compared(DeliveryComparison(modes))
  }

  var isGood: Bool {
    switch self {
    case .single(let result): result.isGood
    case .compared(let comparison): comparison.isGood
    }
  }

  var isInterrupted: Bool {
    switch self {
    case .single(let result): result.isInterrupted
    case .compared(let comparison): comparison.modes.contains(where: \.result.isInterrupted)
    }
  }

  var page: String {
    switch self {
    case .single(let result): HTMLReport.page(result)
    case .compared(let comparison): HTMLReport.page(comparison)
    }
  }

  var json: JSONValue {
    switch self {
    case .single(let result): result.json
    case .compared(let comparison): comparison.json
    }
  }
}
