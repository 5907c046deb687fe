/// How a command ends, the same for every command.
public enum ExitCode: Int32, Sendable {
  /// The command did what it was asked to.
  case success = 0
  /// It could not, or it found what it was asked to look for (a difference, a lost record).
  case failure = 1
  /// The command line was wrong; nothing was done. Commands for which 1 is an answer (`diff`) end
  /// with it in all other trouble, too.
  case usage = 2
  /// The user ended it before its end, by Ctrl-C or SIGTERM: as shells report Ctrl-C.
  case interrupted = 130
}

/// A wrong command line: printed as one line with a pointer to the help, exit code 2.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Parameter description: what is wrong, without a full stop.
  public init(_ description: String) { self.description = description }
}

/// A command that could not do its work: its lines are printed on standard error, exit code 1.
///
/// Any other error that a command throws is printed by its `description`, with the same exit code.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Parameter description: one or more lines, as they are to be printed.
  public init(_ description: String) { self.description = description }
}
