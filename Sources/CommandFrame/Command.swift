/// One command of a tool: what it is called, what it takes, and what it does.
public struct Command: Sendable {
  public let name: String
  /// One line for the list of commands, without a full stop.
  public let summary: String
  /// What somebody must know who uses it for the first time; plain text, wrapped by the writer.
  public let discussion: String
  public let options: [CommandOption]
  public let operands: Operands
  /// At least one; `--help` ends with them.
  public let examples: [Example]
  public let run: @Sendable (Invocation) throws -> ExitCode

  /// Arguments that are no options.
  public enum Operands: Sendable {
    case none
    case any(name: String, help: String)
  }

  /// A command line, without the tool's name, and what it is good for.
  public struct Example: Sendable {
    public let arguments: String
    public let purpose: String

    public init(_ arguments: String, _ purpose: String) {
      self.arguments = arguments
      self.purpose = purpose
    }
  }

  public init(
    name: String, summary: String, discussion: String, options: [CommandOption],
    operands: Operands = .none, examples: [Example],
    run: @escaping @Sendable (Invocation) throws -> ExitCode
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.options = options
    self.operands = operands
    self.examples = examples
    self.run = run
  }
}
