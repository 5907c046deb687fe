public import FilelogJSON

/// What became of every object, one line each.
public struct AttachReport: Hashable, Sendable {
  /// In the order of the stream.
  public internal(set) var entries: [Entry] = []

  /// A report of nothing yet.
  public init() {}

  /// Adds what became of other objects.
  public mutating func add(_ other: AttachReport) { entries += other.entries }

  /// Adds something to know about an object.
  public mutating func addNote(_ object: String, _ message: String) {
    add(object, .note, AttachMessage(message))
  }

  /// One line.
  public struct Entry: Hashable, Sendable {
    /// `daemonset/agent`.
    public let object: String
    /// What became of it.
    public let outcome: Outcome
    /// The field that it is about; empty where it is about the whole.
    public let field: AttachMessage
    /// What was done or found, and for a refusal the way out.
    public let message: AttachMessage
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
  /// - Parameter name: what the program calls its options.
  public func lines(_ name: (AttachOption) -> String) -> [String] {
    entries.map { entry in
      let field = entry.field.text(name)
      return "\(entry.object) \(entry.outcome.rawValue): \(field.isEmpty ? "" : "\(field): ")"
        + entry.message.text(name)
    }
  }

  /// The same for programs.
  /// - Parameter name: what the program calls its options.
  public func json(_ name: (AttachOption) -> String) -> JSONValue {
    [
      "entries": .array(
        entries.map { entry in
          var members: JSONValue = [
            "object": .string(entry.object), "outcome": .string(entry.outcome.rawValue),
            "message": .string(entry.message.text(name)),
          ]
          let field = entry.field.text(name)
          if !field.isEmpty { members["field"] = .string(field) }
          return members
        })
    ]
  }

  mutating func add(
    _ object: String, _ outcome: Outcome, _ message: AttachMessage, field: AttachMessage = ""
  ) {
    entries.append(Entry(object: object, outcome: outcome, field: field, message: message))
  }
}

/// Why an object cannot be attached, and the way out.
struct Refusal: Hashable, Sendable {
  /// `spec.template.spec.containers[0].args`, or an option.
  let field: AttachMessage
  /// The problem, what was found, and the remedy.
  let message: AttachMessage

  init(field: AttachMessage, message: AttachMessage) {
    self.field = field
    self.message = message
  }

  init(field: String, message: AttachMessage) {
    self.init(field: AttachMessage(field), message: message)
  }
}

/// One or several refusals of one object.
struct Refused: Error, Hashable, Sendable {
  let refusals: [Refusal]

  init(_ field: String, _ message: AttachMessage) {
    refusals = [Refusal(field: field, message: message)]
  }

  init(_ option: AttachOption, _ message: AttachMessage) {
    refusals = [Refusal(field: AttachMessage(option), message: message)]
  }
  init(_ refusals: [Refusal]) { self.refusals = refusals }
}
