/// One command of a tool: what it is called, what it takes, and what it does.
public struct Command: Sendable {
  /// The word on the command line.
  public let name: String
  /// What other programs call it: not accepted, but answered with this command's name.
  public let synonyms: [String]
  /// One line for the list of commands, without a full stop.
  public let summary: String
  /// What a user must know who calls it for the first time; plain text, wrapped by the writer.
  public let discussion: String
  /// In the order in which the help lists them; `--help` is not among them.
  public let options: [CommandOption]
  /// What the command takes besides options.
  public let operands: Operands
  /// At least one; `--help` ends with them.
  public let examples: [Example]
  /// What the exit codes mean, where it is not what they mean for every command.
  public let exitCodes: String
  /// Does the work. Throws ``UsageError`` for a wrong command line, any other error for a failure.
  public let run: @Sendable (Invocation) throws -> ExitCode

  /// Arguments that are not options.
  public enum Operands: Sendable {
    /// Every argument must be an option.
    case none
    /// Any number of arguments, called `name` in the help.
    case any(name: String, help: String)
  }

  /// A command line, without the tool's name, and what it is good for.
  public struct Example: Sendable {
    /// As typed after the tool's name.
    public let arguments: String
    /// One clause, without a full stop.
    public let purpose: String

    /// An example with this purpose.
    public init(_ arguments: String, _ purpose: String) {
      self.arguments = arguments
      self.purpose = purpose
    }
  }

  /// A command with these parts.
  public init(
    name: String, synonyms: [String] = [], summary: String, discussion: String,
    options: [CommandOption], operands: Operands = .none, examples: [Example],
    exitCodes: String = "0 success; 1 failure, reported on standard error; 2 wrong command line.",
    run: @escaping @Sendable (Invocation) throws -> ExitCode
  ) {
    self.name = name
    self.synonyms = synonyms
    self.summary = summary
    self.discussion = discussion
    self.options = options
    self.operands = operands
    self.examples = examples
    self.exitCodes = exitCodes
    self.run = run
  }
}
