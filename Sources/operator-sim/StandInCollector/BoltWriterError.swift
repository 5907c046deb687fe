internal import Glibc

/// A database that cannot be opened or written.
public struct BoltWriterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is in the way.
  public enum Code: String, Sendable {
    /// Another process holds the lock.
    case locked
    /// The operating system refused.
    case system
    /// There is a file, and it is not a sound database.
    case unsound
  }

  /// What is in the way.
  public let code: Code
  public let description: String

  /// - Precondition: `errno` says why.
  init(_ code: Code, _ action: String, _ path: String) {
    self.init(code, description: "\(path): \(action): \(String(cString: strerror(errno)))")
  }

  init(_ code: Code, _ path: String) {
    self.init(code, description: "\(path): another process holds the lock")
  }

  init(_ code: Code, description: String) {
    self.code = code
    self.description = description
  }
}
