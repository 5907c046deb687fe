/// An exchange that gave no answer.
///
/// Texts name the server as `host:port` and never repeat a path, a header or a body.
public struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, whatever the server.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The URL, the method or a header cannot be sent.
    case invalidRequest
    /// The host name has no address.
    case nameNotResolved
    /// No server listens there.
    case connectionRefused
    /// No way to the host, or it does not let itself be connected to.
    case unreachable
    /// The connection ended before the answer did; whether the request was carried out is unknown.
    case connectionLost
    /// A bound of the request passed; once it was sent, whether it was carried out is unknown.
    case timedOut
    /// The server's certificate is not signed by a trusted authority, or its time is over.
    case tlsUntrusted
    /// The server's certificate is trusted, and is for another host.
    case tlsOtherHost
    /// The handshake failed for another reason.
    case tlsFailed
    /// The certificate authority's bytes are not usable PEM.
    case trustUnusable
    /// The client's certificate or key is not usable PEM, or they do not belong together.
    case clientCertificateUnusable
    /// A successful answer is longer than ``HTTPRequest/responseLimit``.
    case responseTooLarge
    /// The server does not speak HTTP.
    case malformedResponse
    /// The caller gave up.
    case cancelled
    /// A fault of the client library, with its code in ``curlCode``.
    case clientFault
  }

  /// What went wrong.
  public let code: Code

  /// `host:port`, or empty when the URL has none.
  public let origin: String

  /// What is known beyond the code, such as OpenSSL's reason; bounded, printable, without secrets.
  public let detail: String?

  /// libcurl's number for the failure, where it came from there.
  public let curlCode: Int?

  /// A failure with these parts.
  public init(_ code: Code, origin: String, detail: String? = nil, curlCode: Int? = nil) {
    self.code = code
    self.origin = origin
    self.detail = detail
    self.curlCode = curlCode
  }

  public var description: String {
    var text = origin.isEmpty ? summary : "\(origin): \(summary)"
    if let detail { text += " (\(detail))" }
    return text
  }

  private var summary: String {
    switch code {
    case .invalidRequest: "the request cannot be sent"
    case .nameNotResolved: "the host name cannot be resolved"
    case .connectionRefused: "connection refused"
    case .unreachable: "the host cannot be reached"
    case .connectionLost: "the connection was lost before the answer was complete"
    case .timedOut: "timed out"
    case .tlsUntrusted: "the server's certificate is not trusted"
    case .tlsOtherHost: "the server's certificate is for another host"
    case .tlsFailed: "the TLS handshake failed"
    case .trustUnusable: "the certificate authority is not usable"
    case .clientCertificateUnusable: "the client certificate or its key is not usable"
    case .responseTooLarge: "the answer is too large"
    case .malformedResponse: "the answer is not HTTP"
    case .cancelled: "cancelled"
    case .clientFault: curlCode.map { "the exchange failed, code \($0)" } ?? "the exchange failed"
    }
  }
}
