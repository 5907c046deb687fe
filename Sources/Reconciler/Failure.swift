internal import FilelogHTTPClient
public import FilelogKubernetesAPI

/// Why the cluster is not as it should be: one message for each object that stands in the way.
public struct ReconcileFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, object by object, and what it came to.
  public let messages: [Message]

  /// The same would fail again until something else changes.
  public let isLasting: Bool

  /// The caller wanted to stop.
  public let isStop: Bool

  /// A failure with these messages.
  public init(_ messages: [Message], isLasting: Bool, isStop: Bool = false) {
    self.messages = messages
    self.isLasting = isLasting
    self.isStop = isStop
  }

  init(_ lines: [String], isLasting: Bool, isStop: Bool = false) {
    self.init(lines.map { Message($0) }, isLasting: isLasting, isStop: isStop)
  }

  /// What went wrong with one object before anything was changed.
  init(_ reference: ObjectReference, _ error: KubernetesError) {
    self.init(
      [Advice.message(reference, error)], isLasting: error.isLasting, isStop: error.isCancelled)
  }

  /// A request about no object in particular failed.
  init(_ subject: String, _ error: KubernetesError) {
    self.init(
      [Message("\(subject): \(error)", error.remedy)], isLasting: error.isLasting,
      isStop: error.isCancelled)
  }

  /// The messages of several failures, and what they come to.
  init(_ failures: [ReconcileFailure], last: String) {
    self.init(
      failures.flatMap(\.messages) + [Message(last)],
      isLasting: failures.contains { $0.isLasting }, isStop: failures.contains { $0.isStop })
  }

  /// Line by line, without remedies.
  public var description: String { messages.map(\.text).joined(separator: "\n") }
}

extension KubernetesError {
  /// Sending the same again does not help.
  var isLasting: Bool {
    if case .retryable = retryAdvice { return false }
    return true
  }

  /// What helps, where the caller can do something about it.
  public var remedy: Remedy? {
    switch self {
    case .transport(let failure) where failure.code == .tlsUntrusted: .trustAuthority
    case .transport(let failure) where failure.code == .tlsOtherHost: .nameServer
    case .status(let status) where status.problem == .unauthenticated: .changeCredentials
    case .status(let status) where status.isRefusedByAuthorizer: .askPermission
    // An API server names what it has not found.
    case .status(let status) where status.code == 404 && status.kind == nil: .checkServer
    case .status(let status) where (300..<400).contains(status.code): .checkServer
    case .transport(let failure) where Self.away.contains(failure.code): .reachServer
    default: nil
    }
  }

  private static let away: Set<HTTPFailure.Code> = [
    .nameNotResolved, .connectionRefused, .unreachable, .timedOut,
  ]

  var isCancelled: Bool {
    if case .transport(let failure) = self { failure.code == .cancelled } else { false }
  }
}

extension KubernetesStatus {
  /// The user lacks a permission: the authorizer's words. Admission plugins such as quotas refuse in
  /// others.
  var isRefusedByAuthorizer: Bool { problem == .forbidden && message.contains(" cannot ") }
}
