internal import FilelogText
internal import HTTPServer

/// Responses to requests that a fault meets.
enum FaultResponses {
  static func status(_ code: Int, retryAfter: Int?) -> HTTPServerResponse {
    var response: HTTPServerResponse
    switch code {
    case 429:
      // A real API server rejects overload before anything can write a Status.
      response = .text(429, "Too many requests, please try again later.")
      response.headers.append(
        "X-Kubernetes-Pf-Flowschema-Uid", "00000000-0000-0000-0000-000000000000")
      response.headers.append("Retry-After", String(retryAfter ?? 1))
      return response
    case 401: response = ResponseForm.refusal(.unauthorized, isIndented: false)
    case 504: response = ResponseForm.refusal(timeout, isIndented: false)
    default: response = ResponseForm.refusal(general(code), isIndented: false)
    }
    if let retryAfter { response.headers.append("Retry-After", String(retryAfter)) }
    return response
  }

  private static let timeout = APIStatus(
    code: 504, reason: "Timeout",
    message: "Timeout: request did not complete within requested timeout - context deadline "
      + "exceeded", details: .init())

  private static func general(_ code: Int) -> APIStatus {
    switch code {
    case 503:
      APIStatus(
        code: 503, reason: "ServiceUnavailable",
        message: "the server is currently unable to handle the request", details: .init())
    case 500: .internalError("an injected fault")
    default:
      APIStatus(code: code, message: "an injected fault: \(code)", details: .init())
    }
  }
}
