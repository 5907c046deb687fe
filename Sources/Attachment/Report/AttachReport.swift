public import FilelogJSON

/// What became of every object, one line each.
public struct AttachReport: Hashable, Sendable {
  /// In the order of the stream.
  public internal(set) var entries: [Entry] = []

  /// One line.
  public struct Entry: Hashable, Sendable {
    /// `daemonset/agent`.
    public let object: String
    /// What became of it.
    public let outcome: Outcome
    /// The field that it is about; empty where it is about the whole.
    public let field: String
    /// What was done or found, and for a refusal the way out.
    public let message: String
  }

  /// What an entry says.
  public enum Outcome: String, Hashable, Sendable {
    /// Offset synchronization was added, or brought up to date.
    case attached
    /// It was taken out again.
    case detached
    /// The object stays as it is: there is nothing to do.
    case skipped
    /// The object stays as it is: what was asked for cannot be done safely.
    case refused
    /// Something to know about an object that was attached or detached.
    case note
  }

  /// Whether anything was refused.
  public var hasRefusals: Bool { entries.contains { $0.outcome == .refused } }
  /// Whether anything was attached or detached.
  public var hasChanges: Bool {
    entries.contains { $0.outcome == .attached || $0.outcome == .detached }
  }

  /// One line for each entry: `daemonset/agent attached: …`.
  public var lines: [String] {
    entries.map { entry in
      let field = entry.field.isEmpty ? "" : "\(entry.field): "
      return "\(entry.object) \(entry.outcome.rawValue): \(field)\(entry.message)"
    }
  }

  /// The same for programs.
  public var json: JSONValue {
    [
      "entries": .array(
        entries.map { entry in
          var members: JSONValue = [
            "object": .string(entry.object), "outcome": .string(entry.outcome.rawValue),
            "message": .string(entry.message),
          ]
          if !entry.field.isEmpty { members["field"] = .string(entry.field) }
          return members
        })
    ]
  }

  mutating func add(_ object: String, _ outcome: Outcome, _ message: String, field: String = "") {
    entries.append(Entry(object: object, outcome: outcome, field: field, message: message))
  }
}

/// Why an object cannot be attached, and the way out.
struct Refusal: Hashable, Sendable {
  /// `spec.template.spec.containers[0].args`, or an option.
  let field: String
  /// The problem, what was found, and the remedy.
  let message: String
}

/// One or several refusals of one object.
struct Refused: Error, Hashable, Sendable {
  let refusals: [Refusal]

  init(_ field: String, _ message: String) { refusals = [Refusal(field: field, message: message)] }
  init(_ refusals: [Refusal]) { self.refusals = refusals }
}
