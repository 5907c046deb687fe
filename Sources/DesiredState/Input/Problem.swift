/// One thing that is wrong with the input.
public struct Problem: Error, Hashable, Sendable {
  /// The file and line, or the part of the request, that the value stands in.
  public let origin: Origin
  /// `operator.collectors.sendBatchSize`, `metadata.namespace`, or empty for a file as a whole.
  public let keyPath: String
  /// What stands there; never a token's text.
  public let found: String
  /// What should stand there instead.
  public let expected: Expectation

  /// What helps.
  public enum Expectation: Hashable, Sendable {
    /// A value of this kind, `a whole number from 0 to 4294967295` for instance.
    case value(String)
    /// The key that was probably meant.
    case key(String)
  }
}

extension Problem: CustomStringConvertible {
  /// `values.yaml:12: operator.collectors.sendBatchSize: found "many", expected a whole number`
  public var description: String { text(at: "\(origin)") }

  /// The same with other words for the origin: a program names its options, where this module names
  /// parts of the request.
  public func text(at origin: String) -> String {
    let place = keyPath.isEmpty ? origin : "\(origin): \(keyPath)"
    return switch expected {
    case .value(let value): "\(place): found \(found), expected \(value)"
    case .key(let key): "\(place): found \(found), did you mean \(key)?"
    }
  }
}

/// Where a value comes from.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
  /// A file's name, or the part of the request.
  public let source: String
  /// Counted from 1; nil where the source has no lines.
  public let line: Int?
  /// Input comes in an order, and problems are reported in it.
  let rank: Int

  /// The part of the request that the value was given in; nil: a file or the chart's defaults.
  public let part: DesiredStateRequest.Part?

  private static let requestRank = 1_000_000

  init(
    source: String, line: Int? = nil, rank: Int, part: DesiredStateRequest.Part? = nil
  ) {
    self.source = source
    self.line = line
    self.rank = rank
    self.part = part
  }

  public var description: String {
    line.map { "\(source):\($0)" } ?? source
  }

  static let chartDefaults = Origin(source: "chart defaults", rank: -1)

  /// Problems of parts come after those of files.
  static func request(_ part: DesiredStateRequest.Part) -> Origin {
    Origin(source: part.rawValue, rank: requestRank, part: part)
  }
}

/// Everything that is wrong with the input, in the order of the input. Never empty.
public struct InvalidInput: Error, Hashable, Sendable, CustomStringConvertible {
  /// Each once, sorted by input and line.
  public let problems: [Problem]

  /// One line for each problem.
  public var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// A value that changes nothing, since another one decides.
struct UnusedValue: Hashable {
  let keyPath: String
  let origin: Origin
  /// Ends the sentence "without effect, as …".
  let reason: String
}

/// Collects problems while the input is read to its end.
final class ProblemLog {
  private var problems: [Problem] = []
  /// Values that are right and change nothing, in the order in which they were read.
  private(set) var unused: [UnusedValue] = []
  /// Members of the values that are null, by the path of their mapping and their key: they take defaults
  /// away, and are not among what is read.
  var nulls: [String: [String: Origin]] = [:]

  var count: Int { problems.count }

  func add(_ problem: Problem) { problems.append(problem) }

  func add(_ origin: Origin, _ keyPath: String, found: String, expected: String) {
    add(Problem(origin: origin, keyPath: keyPath, found: found, expected: .value(expected)))
  }

  func addUnused(_ value: UnusedValue) {
    if !unused.contains(value) { unused.append(value) }
  }

  func addUnknownKey(_ origin: Origin, _ keyPath: String, meant key: String) {
    add(Problem(origin: origin, keyPath: keyPath, found: "an unknown key", expected: .key(key)))
  }

  /// Throws what was collected, each problem once.
  func check() throws(InvalidInput) {
    guard !problems.isEmpty else { return }
    var seen: Set<Problem> = []
    let sorted = problems.filter { seen.insert($0).inserted }.enumerated().sorted {
      ($0.element.origin.rank, $0.element.origin.line ?? 0, $0.offset)
        < ($1.element.origin.rank, $1.element.origin.line ?? 0, $1.offset)
    }
    throw InvalidInput(problems: sorted.map(\.element))
  }
}
