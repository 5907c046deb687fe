internal import FilelogEncodings

/// A stored payload that is damaged or hostile.
public struct PayloadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with a payload.
  public enum Code: String, Sendable {
    /// Not gzip, cut off, or its checksum or length is wrong.
    case gzip
    /// Not a tar archive, or cut off.
    case tar
    /// An entry that no sidecar writes: a link, a device, a place outside the folder.
    case forbiddenEntry
    /// More bytes or entries than the limits allow.
    case tooLarge
    /// A database in it is not sound.
    case database
    /// The difference to it cannot be applied.
    case difference
  }

  /// The kind of damage.
  public let code: Code
  /// What was found, and where; never the payload's bytes.
  public let reason: String

  /// An error with this code and reason.
  public init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  public var description: String { "damaged payload (\(code.rawValue)): \(reason)" }
}

extension PayloadError {
  init(_ error: GzipError) {
    switch error {
    case .damaged(let reason): self.init(.gzip, reason)
    case .tooLarge(let limit): self.init(.tooLarge, "expands to more than \(limit) bytes")
    }
  }
}
