/// Kinds of damage of one stored thing.
public protocol DamageCode: RawRepresentable<String>, Hashable, Sendable {
  /// What is damaged: `damaged payload`.
  static var subject: String { get }
}

/// Something stored that is damaged or hostile.
public struct DamageError<Code: DamageCode>: Error, Hashable, CustomStringConvertible {
  /// The kind of damage.
  public let code: Code
  /// What was found, and where; never the bytes themselves.
  public let reason: String

  /// An error with this code and reason.
  public init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  public var description: String { "\(Code.subject) (\(code.rawValue)): \(reason)" }
}
