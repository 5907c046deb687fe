internal import Glibc

/// A system call that failed, with its `errno`.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The call's name, `openat` for instance.
  public let call: String
  /// `errno`.
  public let number: Int32

  /// An error with these parts.
  public init(_ call: String, _ number: Int32) {
    self.call = call
    self.number = number
  }

  /// The system's words, for example `Permission denied`.
  public var reason: String { String(cString: strerror(number)) }

  public var description: String { "\(call): \(reason)" }
}
