public import FilelogSystemCalls

/// The offsets directory, or a file in it, that the operating system does not let us use.
public struct VolumeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The directory or the file in it.
  public let path: String
  /// What was to be done, for example `write`.
  public let action: String
  /// What the operating system answered.
  public let cause: SystemError

  public var description: String { "cannot \(action) \(path): \(cause.reason)" }
}
