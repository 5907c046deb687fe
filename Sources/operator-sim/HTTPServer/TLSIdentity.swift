/// A server's certificate with its private key, and the authority that signed it.
public struct TLSIdentity: Sendable {
  /// The certificate.
  public let certificatePEM: String
  /// Its private key; made for this process, and kept nowhere.
  public let privateKeyPEM: String
  /// What a client must trust.
  public let caPEM: String

  /// An identity made elsewhere, or by ``generate(names:addresses:lifetime:)`` in an earlier life.
  public init(certificatePEM: String, privateKeyPEM: String, caPEM: String) {
    self.certificatePEM = certificatePEM
    self.privateKeyPEM = privateKeyPEM
    self.caPEM = caPEM
  }

  /// Makes a new authority and a server certificate signed by it, both with P-256 keys. The
  /// authority's key is thrown away, so it can sign nothing else.
  /// - Parameters:
  ///   - names: DNS names that the certificate is good for.
  ///   - addresses: IP addresses that it is good for.
  ///   - lifetime: how long it is good from now on; it began an hour ago, for clocks that differ.
  ///     A negative one makes an expired certificate.
  /// - Throws: ``HTTPServerError/unusableIdentity(reason:)`` when OpenSSL cannot do it.
  public static func generate(
    names: [String] = ["localhost"], addresses: [String] = ["127.0.0.1", "::1"],
    lifetime: Duration = .seconds(3650 * 86_400)
  ) throws(HTTPServerError) -> TLSIdentity {
    let seconds = Int(lifetime.components.seconds)
    let authority = try CertificateBuilder.authority(seconds: seconds)
    let alternatives = names.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
    let server = try CertificateBuilder.server(
      alternatives: alternatives, seconds: seconds, signedBy: authority)
    return TLSIdentity(
      certificatePEM: try server.certificatePEM(), privateKeyPEM: try server.privateKeyPEM(),
      caPEM: try authority.certificatePEM())
  }
}
