internal import FilelogSystemCalls
internal import FilelogText
internal import Glibc

/// Where a command writes: standard output for what was asked for, standard error for what went
/// wrong. Tests put their own closures in.
public struct Console: Sendable {
  private let output: @Sendable (String) -> Void
  private let errors: @Sendable (String) -> Void
  /// Why something that was asked for did not reach its reader; nil when all did.
  let outputFailure: @Sendable () -> String?

  /// A console that hands text to these closures.
  /// - Parameters:
  ///   - output: takes what was asked for.
  ///   - errors: takes what went wrong.
  ///   - outputFailure: why text could not be written, from then on.
  public init(
    output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void,
    outputFailure: @escaping @Sendable () -> String? = { nil }
  ) {
    self.output = output
    self.errors = errors
    self.outputFailure = outputFailure
  }

  /// The process's own streams, unbuffered, so that lines of child processes keep their order.
  public static let standard = Console(
    output: { text in
      if let error = write(text, to: STDOUT_FILENO) { lostOutput = error.number }
    }, errors: { _ = write($0, to: STDERR_FILENO) },
    outputFailure: { lostOutput == 0 ? nil : SystemError("write", lostOutput).reason })

  /// The error number of the last write to standard output that failed. It is read when the command is
  /// over, and the sidecar has no room for a library of locks.
  nonisolated(unsafe) private static var lostOutput: Int32 = 0

  /// Writes text as it is, without adding a line break.
  public func write(_ text: String) { output(text) }

  /// Writes one line.
  public func writeLine(_ line: String = "") { output(line + "\n") }

  /// Writes one line to standard error, or several; they may repeat what others wrote, a
  /// server or a file, so that control characters are escaped.
  public func writeError(_ line: String) { errors(line.printableLines + "\n") }

  /// - Returns: why it could not be written.
  private static func write(_ text: String, to descriptor: Int32) -> SystemError? {
    do throws(SystemError) {
      try SystemCalls.host.writeAll(descriptor, text.utf8)
      return nil
    } catch {
      // A stream without a reader is not a reason to fail.
      return error.number == EPIPE ? nil : error
    }
  }
}
