/// The parsers of bytes from other programs, each with what must hold for whatever bytes.
///
/// The fuzzer looks for bytes for which it does not; tests hold every fixture and every finding of
/// the past against it.
public enum HostileInput: String, CaseIterable, Sendable {
  /// A database file.
  case bolt
  /// A stored payload: gzip around tar. What does not begin as gzip is taken as the tar within.
  case payload
  /// What changed since a payload was stored.
  case difference
  /// A value that the receiver stored.
  case checkpoint
  /// The body of a refusal by the API server.
  case status
  /// A collector's configuration that init adds storage to.
  case configuration

  /// Parses the bytes.
  /// - Returns: what was broken; nil when all held. A trap breaks it without words.
  public func violation(_ bytes: [UInt8]) -> String? {
    switch self {
    case .bolt: BoltCheck.violation(bytes)
    case .payload: PayloadCheck.violation(bytes)
    case .difference: DifferenceCheck.violation(bytes)
    case .checkpoint: CheckpointCheck.violation(bytes)
    case .status: StatusCheck.violation(bytes)
    case .configuration: ConfigurationCheck.violation(bytes)
    }
  }
}
