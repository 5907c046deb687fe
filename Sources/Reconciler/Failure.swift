internal import HTTPClient
public import KubernetesAPI

/// Why the cluster is not as it should be: one line for each object that stands in the way.
public struct ReconcileFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, object by object, and what it came to.
  public let lines: [String]

  /// The same would fail again until somebody changes something.
  public let isLasting: Bool

  /// Somebody wanted to stop.
  public let isStop: Bool

  /// A failure that says these lines.
  public init(_ lines: [String], isLasting: Bool, isStop: Bool = false) {
    self.lines = lines
    self.isLasting = isLasting
    self.isStop = isStop
  }

  /// What went wrong with one object before anything was changed.
  init(_ reference: ObjectReference, _ error: KubernetesError) {
    self.init(
      [Advice.line(reference, error)], isLasting: error.isLasting, isStop: error.isCancelled)
  }

  /// The lines of several failures, and what they come to.
  init(_ failures: [ReconcileFailure], last: String) {
    self.init(
      failures.flatMap(\.lines) + [last], isLasting: failures.contains { $0.isLasting },
      isStop: failures.contains { $0.isStop })
  }

  public var description: String { lines.joined(separator: "\n") }
}

extension KubernetesError {
  /// Sending the same again does not help.
  var isLasting: Bool {
    if case .retryable = retryAdvice { return false }
    return true
  }

  /// What to do where the server's certificate is not trusted, to be added to the description; else
  /// empty.
  public var trustAdvice: String {
    guard case .transport(let failure) = self, failure.code == .tlsUntrusted else { return "" }
    return
      "; --certificate-authority, or in a kubeconfig certificate-authority, names the file with "
      + "the authority that signed it"
  }

  var isCancelled: Bool {
    if case .transport(let failure) = self { failure.code == .cancelled } else { false }
  }
}

/// What an error means for an object, and what to do: one line.
enum Advice {
  static func line(_ reference: ObjectReference, _ error: KubernetesError) -> String {
    guard let status = error.status, let advice = advice(reference, status) else {
      return "\(reference): \(error)"
    }
    return "\(reference): \(advice)"
  }

  private static func advice(_ reference: ObjectReference, _ status: KubernetesStatus) -> String? {
    let conflicts = FieldConflict.list(status)
    if !conflicts.isEmpty {
      return "conflict: \(FieldConflict.present(conflicts)); --force-conflicts takes that over"
    }
    if isAdmission(status) {
      return "refused by admission: \(status.message); change the values, or the policy"
    }
    switch status.problem {
    case .forbidden where status.message.contains("attempting to grant RBAC permissions"):
      return "not permitted: \(status.message); nobody may grant what they may not do themselves: "
        + "ask for the verbs escalate and bind on \(reference.type.plural), or for somebody with more "
        + "rights"
    // The authorizer's words; admission plugins such as quotas refuse in others.
    case .forbidden where status.message.contains(" cannot "):
      return "not permitted: \(status.message); ask for the verbs get, create, patch and delete on "
        + "\(reference.type.plural)\(place(reference))"
    case .unauthenticated:
      return "the API server does not accept these credentials; log in anew or choose another "
        + "--context"
    case .namespaceNotFound: return missingNamespace(reference.namespace ?? "")
    case .forbidden, .denied: return "refused: \(status.message)"
    case .invalid where status.message.contains("immutable"):
      return "cannot be changed in place: \(status.message); delete the object and apply again"
    case .invalid, .mapFull, .tooLarge: return "not valid: \(status.message)"
    default: return nil
    }
  }

  private static func place(_ reference: ObjectReference) -> String {
    reference.namespace.map { " in namespace \($0)" } ?? " of the cluster"
  }

  /// A policy or a webhook said no, with whatever code its author chose.
  private static func isAdmission(_ status: KubernetesStatus) -> Bool {
    status.message.contains("admission webhook") || status.message.contains("denied request: ")
  }

  static func missingNamespace(_ name: String) -> String {
    "namespace \(name) does not exist; create it first: kubectl create namespace \(name)"
  }
}
