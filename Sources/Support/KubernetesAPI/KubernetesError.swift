public import FilelogHTTPClient

/// A request to the API server that did not succeed.
public enum KubernetesError: Error, Hashable, Sendable {
  /// The server answered with something else than success.
  case status(KubernetesStatus)
  /// There was no answer.
  case transport(HTTPFailure)
  /// The token or the certificate authority cannot be read any more.
  case configuration(ConfigurationError)
  /// The server answered with success and something that cannot be understood.
  case malformedAnswer(String)
}

extension KubernetesError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .status(let status): "the API server answered \(status)"
    case .transport(let failure): "the API server at \(failure)"
    case .configuration(let error): "\(error)"
    case .malformedAnswer(let why): "the API server's answer cannot be read: \(why)"
    }
  }
}

extension KubernetesError {
  /// The refusal, where there was an answer that is one.
  public var status: KubernetesStatus? {
    if case .status(let status) = self { status } else { nil }
  }

  /// What the refusal means, where there was one.
  public var problem: KubernetesProblem? { status?.problem }
}
