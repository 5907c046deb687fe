import FilelogHTTPClient
import FilelogKubernetesAPI
import Testing

@Suite struct RetryAdviceTests {
  static let statuses: [(KubernetesStatus, RetryAdvice, isOutcomeUnknown: Bool)] = [
    (.init(code: 400), .permanent, false),
    (.init(code: 401), .reauthenticate, false),
    (.init(code: 403), .permanent, false),
    (.init(code: 403, causes: [.init(message: "policy")]), .permanent, false),
    (.init(code: 404), .permanent, false),
    (.init(code: 405), .permanent, false),
    (.init(code: 408), .retryable(after: nil), true),
    (.init(code: 409), .reread, false),
    (.init(code: 409, reason: "AlreadyExists"), .reread, false),
    (.init(code: 410), .reread, false),
    (.init(code: 413), .permanent, false),
    (.init(code: 415), .permanent, false),
    (.init(code: 422), .permanent, false),
    (
      .init(code: 422, causes: [.init(reason: "FieldValueTooLong", field: "[]")]), .permanent, false
    ),
    (.init(code: 429, retryAfter: .seconds(2)), .retryable(after: .seconds(2)), false),
    (.init(code: 500), .retryable(after: nil), true),
    (.init(code: 500, message: "etcdserver: request is too large"), .permanent, false),
    (.init(code: 501), .retryable(after: nil), true),
    (.init(code: 502), .retryable(after: nil), true),
    (.init(code: 503, retryAfter: .seconds(7)), .retryable(after: .seconds(7)), true),
    (.init(code: 504), .retryable(after: nil), true),
    (.init(code: 302), .permanent, false),
  ]

  @Test(arguments: statuses) func statusRetryAdvice(
    _ status: KubernetesStatus, _ advice: RetryAdvice, _ isOutcomeUnknown: Bool
  ) {
    #expect(KubernetesError.status(status).retryAdvice == advice)
    #expect(KubernetesError.status(status).isOutcomeUnknown == isOutcomeUnknown)
  }

  @Test(arguments: HTTPFailure.Code.allCases) func transportFailureRetryAdvice(
    _ code: HTTPFailure.Code
  ) {
    let ours: [HTTPFailure.Code] = [
      .invalidRequest, .tlsUntrusted, .tlsOtherHost, .trustUnusable, .clientCertificateUnusable,
      .responseTooLarge,
    ]
    let advice = KubernetesError.transport(HTTPFailure(code, origin: "h:1")).retryAdvice
    #expect(advice == (ours.contains(code) ? .permanent : .retryable(after: nil)))
  }
}
