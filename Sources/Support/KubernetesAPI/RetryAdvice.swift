internal import FilelogHTTPClient

/// What helps after a request failed.
public enum RetryAdvice: Hashable, Sendable {
  /// The same request gets the same answer until something else changes.
  case permanent
  /// The same request may succeed later; not before the given time, where the server gave one.
  case retryable(after: Duration?)
  /// Fresh credentials may help. ``KubernetesClient`` has already read them again and tried once.
  case reauthenticate
  /// The object is not what the request took it for: read it again, then decide anew.
  case reread
}

extension KubernetesError {
  /// What helps, from the server's answer or from how the exchange broke off.
  public var retryAdvice: RetryAdvice {
    switch self {
    case .status(let status): status.retryAdvice
    case .transport(let failure): failure.retryAdvice
    case .configuration(let error) where error.code == .pluginFailed: .permanent
    // A mounted token or authority is replaced by the kubelet and may be back in a moment.
    case .configuration, .malformedAnswer: .retryable(after: nil)
    }
  }

  /// The request may have been carried out although it failed. Merge patches that set values can
  /// simply be sent again.
  public var isOutcomeUnknown: Bool {
    switch self {
    case .status(let status): [.serverTimedOut, .unavailable].contains(status.problem)
    case .transport(let failure):
      [.connectionLost, .timedOut, .responseTooLarge, .malformedResponse, .cancelled]
        .contains(failure.code)
    case .malformedAnswer: true
    case .configuration: false
    }
  }
}

extension KubernetesStatus {
  fileprivate var retryAdvice: RetryAdvice {
    switch problem {
    case .throttled, .serverTimedOut, .unavailable: .retryable(after: retryAfter)
    case .unauthenticated: .reauthenticate
    case .conflict, .alreadyExists, .expired: .reread
    case .badRequest, .forbidden, .denied, .notFound, .namespaceNotFound, .mapFull, .invalid,
      .tooLarge:
      .permanent
    }
  }
}

extension HTTPFailure {
  fileprivate var retryAdvice: RetryAdvice {
    switch code {
    case .nameNotResolved, .connectionRefused, .unreachable, .connectionLost, .timedOut, .tlsFailed,
      .malformedResponse, .cancelled, .clientFault:
      .retryable(after: nil)
    case .invalidRequest, .tlsUntrusted, .tlsOtherHost, .trustUnusable,
      .clientCertificateUnusable, .responseTooLarge:
      .permanent
    }
  }
}
