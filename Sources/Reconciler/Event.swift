public import FilelogKubernetesAPI

/// What became of an object, in kubectl's words.
public enum Outcome: String, Hashable, Sendable {
  /// It did not exist.
  case created
  /// It was changed, or adopted.
  case configured
  /// It was as it should be; nothing was written.
  case unchanged
  /// It was deleted because it is no longer wanted.
  case pruned
  /// It was deleted with its release.
  case deleted
}

/// What the reconciler reports while it works.
public enum Event: Hashable, Sendable, CustomStringConvertible {
  /// - Parameter detail: why, where that is not plain.
  case object(ObjectReference, Outcome, detail: String? = nil)
  /// An object was left as it is although one could expect otherwise, or the like.
  case note(Message)
  /// What the API server itself warned of, word for word.
  case warning(String)

  static func note(_ text: String) -> Event { .note(Message(text)) }

  /// `daemonset.apps/agent configured (kubectl-edit had set .spec.x)`, without remedies.
  public var description: String {
    switch self {
    case .object(let reference, let outcome, let detail):
      "\(reference) \(outcome.rawValue)" + (detail.map { " (\($0))" } ?? "")
    case .note(let message): message.text
    case .warning(let text): "Warning: \(text)"
    }
  }
}
