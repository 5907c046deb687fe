public import FilelogHTTPClient

/// Where an API server is, how to recognise it, and what to show it.
public struct ClusterConfiguration: Hashable, Sendable {
  /// `https://10.0.0.1:443`, with a path where the server has one, without a slash at the end.
  public var server: String
  /// How the server is recognised.
  public var authorities: Authorities
  /// What is shown to the server as `Authorization: Bearer`.
  public var token: Token
  /// What is shown to the server during the TLS handshake; nil for none.
  public var clientCertificate: ClientCertificate?

  /// The namespace that the pod runs in, or that the context names.
  public var namespace: String?

  /// Gives a token or a client certificate, or both, in place of those above; nil for none.
  public var plugin: ExecPlugin?

  /// As whom requests are sent; nil for the user that the credentials are.
  public var impersonation: Impersonation?

  /// How long a request may take at most; nil: as long as each allows itself.
  public var requestTimeout: Duration?

  /// The name that the server's certificate must have, where it is not the host of ``server``.
  public var tlsServerName: String?

  /// `http://proxy:3128`, through which the server is reached; nil for the direct way.
  public var proxyURL: String?

  /// Whether, without ``proxyURL``, the environment's `HTTPS_PROXY` and its kin say how the server is
  /// reached, as they do for kubectl; never for loopback addresses.
  public var usesEnvironmentProxy = false

  /// Whose signature on the server's certificate counts.
  public enum Authorities: Hashable, Sendable {
    /// The machine's own certificate authorities.
    case system
    /// One or more certificates, PEM.
    case pem([UInt8])
    /// Read at the start, and again when the server is not trusted.
    case file(String)
    /// Any certificate is believed.
    case insecure
  }

  /// A bearer token.
  public enum Token: Hashable, Sendable {
    /// No token: the client certificate tells who asks, or nothing does.
    case none
    /// The token itself.
    case fixed(String)
    /// Read again when the file changes, and when the server answers 401.
    case file(String)
  }

  /// A configuration with these parts; nothing is read or checked.
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

extension ClusterConfiguration {
  /// No proxy reaches this very machine.
  var isOnLoopback: Bool {
    let rest =
      server.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true).last ?? ""
    let host = rest.drop { $0 == "/" }
    return ["127.", "localhost", "[::1]"].contains { host.hasPrefix($0) }
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
