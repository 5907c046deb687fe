internal import FilelogSystemCalls
internal import Glibc

/// A file descriptor that takes log lines.
public struct LogOutput: Sendable {
  /// File descriptor 1, where container runtimes collect logs.
  public static let standardOutput = LogOutput(descriptor: STDOUT_FILENO)
  /// File descriptor 2.
  public static let standardError = LogOutput(descriptor: STDERR_FILENO)

  private let descriptor: Int32

  /// - Parameter descriptor: an open one; it is never closed.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Hands a line over in one `write`, so that lines of several processes do not mix, and goes on
  /// only where the system took a part of it. A line that cannot be written is dropped: there is
  /// nowhere to say so, and no log is worth stopping for.
  ///
  /// The process must ignore SIGPIPE for a closed pipe to be such a case.
  public func write(_ line: [UInt8]) {
    try? SystemCalls.host.writeAll(descriptor, line)
  }
}
