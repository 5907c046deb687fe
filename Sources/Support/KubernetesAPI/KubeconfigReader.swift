internal import HTTPClient

/// Makes a configuration of a cluster and a user, or says what it cannot do.
enum KubeconfigReader {
  static func configuration(
    cluster: KubeconfigEntry, user: KubeconfigEntry?, namespace: String?
  ) throws(ConfigurationError) -> ClusterConfiguration {
    var configuration = ClusterConfiguration(
      server: try server(cluster), authorities: try authorities(cluster), namespace: namespace)
    if let user {
      try refuseUnsupported(user)
      configuration.token = try token(user)
      configuration.clientCertificate = try clientCertificate(user)
    }
    return configuration
  }

  private static func server(_ cluster: KubeconfigEntry) throws(ConfigurationError) -> String {
    var server = try cluster.required("server")
    guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
      throw cluster.error(
        .malformed, "server", "server is \"\(server)\", not a URL with https or http")
    }
    while server.hasSuffix("/") { server.removeLast() }
    for field in ["tls-server-name", "proxy-url"] where cluster.has(field) {
      throw cluster.error(.notSupported, field, "\(field) is not supported")
    }
    return server
  }

  private static func authorities(
    _ cluster: KubeconfigEntry
  ) throws(ConfigurationError) -> ClusterConfiguration.Authorities {
    let content = try cluster.content("certificate-authority")
    if try cluster.flag("insecure-skip-tls-verify") {
      guard content == nil else {
        throw cluster.error(
          .malformed, "insecure-skip-tls-verify",
          "insecure-skip-tls-verify and a certificate authority exclude each other")
      }
      return .insecure
    }
    guard let content else { return .system }
    let isEmbedded = cluster.has("certificate-authority-data")
    guard AuthorityFile.isCertificate(content) else {
      let field = isEmbedded ? "certificate-authority-data" : "certificate-authority"
      throw cluster.error(.malformed, field, "\(field) holds no PEM certificate")
    }
    if !isEmbedded, let path = try cluster.path("certificate-authority") { return .file(path) }
    return .pem(content)
  }

  /// The file counts before the text, as everywhere in Kubernetes.
  private static func token(
    _ user: KubeconfigEntry
  ) throws(ConfigurationError) -> ClusterConfiguration.Token {
    if let path = try user.path("tokenFile") {
      do {
        _ = try TokenFile.read(path)
      } catch {
        throw user.error(error.code, "tokenFile", "tokenFile: \(error)")
      }
      return .file(path)
    }
    guard let token = try user.text("token") else { return .none }
    guard token.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
      throw user.error(.malformed, "token", "token holds white space or other than ASCII")
    }
    return .fixed(token)
  }

  private static func clientCertificate(
    _ user: KubeconfigEntry
  ) throws(ConfigurationError) -> ClientCertificate? {
    let certificate = try user.content("client-certificate")
    let key = try user.content("client-key")
    switch (certificate, key) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return ClientCertificate(certificate: certificate, key: key)
    case (nil, _):
      throw user.error(.empty, "client-key", "client-key is given, but no client-certificate")
    case (_, nil):
      throw user.error(
        .empty, "client-certificate", "client-certificate is given, but no client-key")
    }
  }

  private static func refuseUnsupported(_ user: KubeconfigEntry) throws(ConfigurationError) {
    let advice = "use a token, a tokenFile or a client certificate"
    if user.has("exec") {
      throw user.error(.notSupported, "exec", "exec plugins are not supported; \(advice)")
    }
    if user.has("auth-provider") {
      throw user.error(
        .notSupported, "auth-provider", "auth-provider plugins are not supported; \(advice)")
    }
    for field in ["username", "password"] where user.has(field) {
      throw user.error(.notSupported, field, "user name and password are not supported; \(advice)")
    }
    for field in ["as", "as-uid", "as-groups", "as-user-extra"] where user.has(field) {
      throw user.error(.notSupported, field, "impersonation (\(field)) is not supported")
    }
  }
}
