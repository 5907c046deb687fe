internal import FilelogKubernetesAPI

extension StoreError {
  /// What to tell the user besides what the API server said, where the layouts differ.
  struct Advice {
    let namespace: String
    /// When the map is not there.
    var notFound: String?
    /// When the role lacks a permission.
    var forbidden: String
    /// When the values of the map would exceed 1 MiB.
    var full: String?
  }

  init(_ error: KubernetesError, _ advice: Advice) {
    var retryAfter: Duration?
    if case .retryable(let after) = error.retryAdvice { retryAfter = after }
    let (code, text) = Self.judge(error, advice)
    self.init(
      code, "\(error)" + (text.map { "; \($0)" } ?? ""), retryAfter: retryAfter,
      isOutcomeUnknown: error.isOutcomeUnknown)
  }

  private static func judge(
    _ error: KubernetesError, _ advice: Advice
  ) -> (code: Code, advice: String?) {
    switch error.problem {
    case .notFound where error.status?.isMissingConfigMap == false:
      (
        .notFound,
        "the answer is not about a config map: check the API server's address, and proxies"
      )
    case .notFound: (.notFound, advice.notFound)
    case .namespaceNotFound: (.notFound, "the namespace \(advice.namespace) does not exist")
    case .forbidden: (.forbidden, advice.forbidden)
    case .denied: (.forbidden, refusal(error.status))
    case .unauthenticated: (.unauthorized, "the pod's token is not accepted")
    case .mapFull: (.full, advice.full)
    case .conflict, .alreadyExists: (.conflict, nil)
    case .badRequest, .expired, .invalid, .tooLarge: (.refused, nil)
    case .throttled, .serverTimedOut, .unavailable, nil: (.unavailable, nil)
    }
  }

  /// Whose refusal it was; no permission is missing.
  private static func refusal(_ status: KubernetesStatus?) -> String {
    if let webhook = status?.admissionWebhook {
      return "the admission webhook \(webhook) refused it: its owner can let it through"
    }
    if let quota = status?.quota {
      return "the ResourceQuota \(quota) of the namespace is used up: raise it"
    }
    return "an admission rule refused it"
  }
}
