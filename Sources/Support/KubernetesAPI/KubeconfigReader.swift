/// Makes a configuration of a cluster and a user, or says what it cannot do.
enum KubeconfigReader {
  static func configuration(
    cluster: KubeconfigEntry, user: KubeconfigEntry?, namespace: String?
  ) throws(ConfigurationError) -> ClusterConfiguration {
    var configuration = ClusterConfiguration(
      server: try server(cluster), authorities: try authorities(cluster), namespace: namespace)
    configuration.tlsServerName = try cluster.text("tls-server-name")
    configuration.proxyURL = try proxy(cluster)
    if let user { try place(user, of: cluster, in: &configuration) }
    return configuration
  }

  private static func server(_ cluster: KubeconfigEntry) throws(ConfigurationError) -> String {
    var server = try cluster.required("server")
    guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
      throw cluster.error(
        .malformed, "server", "server is \"\(server)\", not a URL with https or http")
    }
    while server.hasSuffix("/") { server.removeLast() }
    return server
  }

  private static func proxy(_ cluster: KubeconfigEntry) throws(ConfigurationError) -> String? {
    guard let url = try cluster.text("proxy-url") else { return nil }
    guard ["http://", "https://", "socks5://"].contains(where: url.hasPrefix) else {
      throw cluster.error(
        .malformed, "proxy-url", "proxy-url is not a URL with http, https or socks5")
    }
    return url
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
}
