internal import KubernetesAPI

extension KubernetesError {
  /// Whether the API server says that it has no such config map. Not every 404 does.
  var isMissingConfigMap: Bool {
    guard problem == .notFound, let status else { return false }
    return status.reason == "NotFound" && status.kind == "configmaps"
  }
}

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
    case .notFound where error.isMissingConfigMap: (.notFound, advice.notFound)
    // A proxy, or an API server that does not serve config maps yet. Whether there are offsets, such
    // an answer does not tell.
    case .notFound: (.unavailable, "the answer is not an API server's about a config map")
    case .namespaceNotFound: (.notFound, "the namespace \(advice.namespace) does not exist")
    case .forbidden: (.forbidden, advice.forbidden)
    case .denied: (.forbidden, "an admission rule refused it")
    case .unauthenticated: (.unauthorized, "the pod's token is not accepted")
    case .mapFull: (.full, advice.full)
    case .conflict, .alreadyExists: (.conflict, nil)
    case .badRequest, .expired, .invalid, .tooLarge: (.refused, nil)
    case .throttled, .serverTimedOut, .unavailable, nil: (.unavailable, nil)
    }
  }
}
