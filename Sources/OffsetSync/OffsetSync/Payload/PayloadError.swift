internal import FilelogEncodings

/// A stored payload that is damaged or hostile.
public typealias PayloadError = DamageError<PayloadDamage>

/// What is wrong with a payload.
public enum PayloadDamage: String, DamageCode {
  /// Not gzip, cut off, or its checksum or length is wrong.
  case gzip
  /// Not a tar archive, or cut off.
  case tar
  /// An entry that no sidecar writes: a link, a device, a place outside the directory.
  case forbiddenEntry
  /// More bytes or entries than the limits allow.
  case tooLarge
  /// A database in it is not sound.
  case database
  /// The difference to it cannot be applied.
  case difference

  public static let subject = "damaged payload"
}

extension PayloadError {
  init(_ error: GzipError) {
    switch error {
    case .damaged(let reason): self.init(.gzip, reason)
    case .tooLarge(let limit): self.init(.tooLarge, "expands to more than \(limit) bytes")
    }
  }
}
