/// Which servers an HTTPS client believes.
public enum TLSTrust: Hashable, Sendable {
  /// The system's certificate authorities.
  case system

  /// Only certificates signed by these authorities, one or several in PEM.
  case authorities(pem: [UInt8])

  /// Any certificate for any name. Everything sent can be read by the server that answers.
  case insecure
}

/// What a client shows a server that asks who it is. PEM, the certificate with its chain after it.
public struct ClientCertificate: Hashable, Sendable {
  /// The certificate with its chain, PEM.
  public let certificate: [UInt8]
  /// The private key, PEM; never logged.
  public let key: [UInt8]

  /// A pair; whether the two belong together is found out at the first request.
  public init(certificate: [UInt8], key: [UInt8]) {
    self.certificate = certificate
    self.key = key
  }
}

/// How requests find their way.
public enum HTTPProxy: Hashable, Sendable {
  /// Straight to the host, whatever the environment says.
  case none

  /// Through this proxy, whatever the environment says: a URL with `http`, `https` or `socks5`.
  case url(String)

  /// As `http_proxy`, `HTTPS_PROXY`, `NO_PROXY` and their kin say.
  case environment
}
