public import HTTPClient

/// Where an API server is, how to recognise it, and what to show it.
public struct ClusterConfiguration: Hashable, Sendable {
  /// `https://10.0.0.1:443`, with a path where the server has one, without a slash at the end.
  public var server: String
  public var authorities: Authorities
  public var token: Token
  public var clientCertificate: ClientCertificate?

  /// The namespace that the pod runs in, or that the context names.
  public var namespace: String?

  /// Whose signature on the server's certificate counts.
  public enum Authorities: Hashable, Sendable {
    case system
    case pem([UInt8])
    /// Read at the start, and again when the server is not trusted.
    case file(String)
    /// Any certificate is believed.
    case insecure
  }

  public enum Token: Hashable, Sendable {
    case none
    case fixed(String)
    /// Read again when the file changes, and when the server answers 401.
    case file(String)
  }

  public init(
    server: String, authorities: Authorities = .system, token: Token = .none,
    clientCertificate: ClientCertificate? = nil, namespace: String? = nil
  ) {
    self.server = server
    self.authorities = authorities
    self.token = token
    self.clientCertificate = clientCertificate
    self.namespace = namespace
  }
}

extension ClusterConfiguration: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The server only: tokens and keys are not for printing.
  public var description: String { "ClusterConfiguration(\(server))" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["server": server]) }
}
