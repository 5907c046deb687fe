internal import FilelogEncodings
internal import FilelogHTTPClient
internal import FilelogJSON
internal import FilelogYAML

/// What a user of a kubeconfig shows to the API server.
extension KubeconfigReader {
  static func place(
    _ user: KubeconfigEntry, of cluster: KubeconfigEntry,
    in configuration: inout ClusterConfiguration
  ) throws(ConfigurationError) {
    try refuseUnsupported(user)
    configuration.token = try token(user)
    configuration.clientCertificate = try clientCertificate(user)
    configuration.impersonation = try impersonation(user)
    configuration.plugin = try plugin(user, cluster, configuration)
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

  private static func impersonation(
    _ user: KubeconfigEntry
  ) throws(ConfigurationError) -> Impersonation? {
    let name = try user.text("as")
    guard let name else {
      for field in ["as-uid", "as-groups", "as-user-extra"] where user.has(field) {
        throw user.error(.empty, field, "\(field) is given, but no as")
      }
      return nil
    }
    var extra: [String: [String]] = [:]
    if let members = user.node["as-user-extra"]?.value.object {
      for (key, value) in members { extra[key] = (value.array ?? []).compactMap(\.string) }
    }
    return Impersonation(
      user: name, groups: try user.texts("as-groups"), uid: try user.text("as-uid"), extra: extra)
  }

  private static func plugin(
    _ user: KubeconfigEntry, _ cluster: KubeconfigEntry, _ configuration: ClusterConfiguration
  ) throws(ConfigurationError) -> ExecPlugin? {
    guard let exec = user.member("exec") else { return nil }
    let version = try exec.required("apiVersion")
    guard ExecPlugin.apiVersions.contains(version) else {
      throw exec.error(
        .notSupported, "apiVersion",
        "exec: apiVersion \(version) is not supported, only "
          + ExecPlugin.apiVersions.joined(separator: " and "))
    }
    var plugin = ExecPlugin(
      command: try command(exec), arguments: try exec.texts("args"), apiVersion: version,
      installHint: try exec.text("installHint"))
    for variable in exec.members("env") {
      plugin.environment[try variable.required("name")] = try variable.text("value") ?? ""
    }
    if let mode = try exec.text("interactiveMode") {
      guard let known = ExecPlugin.InteractiveMode(rawValue: mode) else {
        throw exec.error(
          .malformed, "interactiveMode",
          "exec: interactiveMode is \"\(mode)\", not one of Never, IfAvailable, Always")
      }
      plugin.interactiveMode = known
    }
    if try exec.flag("provideClusterInfo") {
      plugin.cluster = try clusterInfo(cluster, configuration)
    }
    return plugin
  }

  /// A path with a slash is seen from the directory of the kubeconfig; a name is searched in `PATH`.
  private static func command(_ exec: KubeconfigEntry) throws(ConfigurationError) -> String {
    let command = try exec.required("command")
    guard command.contains("/"), let path = try exec.path("command") else { return command }
    return path
  }

  /// `spec.cluster` of what the plugin is given.
  private static func clusterInfo(
    _ cluster: KubeconfigEntry, _ configuration: ClusterConfiguration
  ) throws(ConfigurationError) -> JSONValue {
    var info: JSONValue = ["server": .string(configuration.server)]
    if let name = configuration.tlsServerName { info["tls-server-name"] = .string(name) }
    if let url = configuration.proxyURL { info["proxy-url"] = .string(url) }
    if configuration.authorities == .insecure { info["insecure-skip-tls-verify"] = true }
    if let pem = try cluster.content("certificate-authority") {
      info["certificate-authority-data"] = .string(Base64.encode(pem))
    }
    for item in cluster.members("extensions")
    where item.node["name"]?.value == "client.authentication.k8s.io/exec" {
      info["config"] = item.node["extension"]?.value
    }
    return info
  }

  private static func refuseUnsupported(_ user: KubeconfigEntry) throws(ConfigurationError) {
    let advice = "use exec, a token, a tokenFile or a client certificate"
    if user.has("auth-provider") {
      throw user.error(
        .notSupported, "auth-provider", "auth-provider plugins are not supported; \(advice)")
    }
    for field in ["username", "password"] where user.has(field) {
      throw user.error(.notSupported, field, "user name and password are not supported; \(advice)")
    }
  }
}
