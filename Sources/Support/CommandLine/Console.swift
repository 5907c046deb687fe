internal import FilelogSystemCalls
internal import FilelogText
internal import Glibc

/// Where a command writes: standard output for what was asked for, standard error for what went
/// wrong. Tests put their own closures in.
public struct Console: Sendable {
  private let output: @Sendable (String) -> Void
  private let errors: @Sendable (String) -> Void

  /// A console that hands text to these closures.
  public init(
    output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void
  ) {
    self.output = output
    self.errors = errors
  }

  /// The process's own streams, unbuffered, so that lines of child processes keep their order.
  public static let standard = Console(
    output: { write($0, to: STDOUT_FILENO) }, errors: { write($0, to: STDERR_FILENO) })

  /// Writes text as it is, without adding a line break.
  public func write(_ text: String) { output(text) }

  /// Writes one line.
  public func writeLine(_ line: String = "") { output(line + "\n") }

  /// Writes one line to standard error, or several; they may repeat what others wrote, a
  /// server or a file, so that control characters are escaped.
  public func writeError(_ line: String) { errors(line.printableLines + "\n") }

  private static func write(_ text: String, to descriptor: Int32) {
    // A stream without a reader is not a reason to fail.
    try? SystemCalls.host.writeAll(descriptor, text.utf8)
  }
}
