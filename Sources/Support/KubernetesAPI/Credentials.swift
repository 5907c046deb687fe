internal import FilelogHTTPClient

/// The token and the authorities in force, and when to read them again.
struct Credentials {
  private let configuration: ClusterConfiguration
  private var token: String?
  private var tokenStamp: FileAccess.Stamp?
  private var authorities: [UInt8]?
  private var pluginCredential: PluginCredential?

  init(_ configuration: ClusterConfiguration) {
    self.configuration = configuration
  }

  /// Runs the plugin, if there is one and what it gave last is not valid any more.
  /// - Returns: whether the client certificate is another one than before.
  mutating func refresh(
    _ run: (ExecPlugin) throws(ConfigurationError) -> [UInt8], now: () -> Int
  ) throws(ConfigurationError) -> Bool {
    guard let plugin = configuration.plugin else { return false }
    if let pluginCredential, pluginCredential.isValid(at: now()) { return false }
    let before = pluginCredential?.certificate
    pluginCredential = try PluginCredential(try run(plugin), of: plugin)
    return pluginCredential?.certificate != before
  }

  /// What is shown during the TLS handshake.
  var clientCertificate: ClientCertificate? {
    pluginCredential?.certificate ?? configuration.clientCertificate
  }

  /// The bearer token, read again when its file has changed; nil when there is none.
  mutating func currentToken() throws(ConfigurationError) -> String? {
    if let token = pluginCredential?.token { return token }
    switch configuration.token {
    case .none: return nil
    case .fixed(let token): return token
    case .file(let path):
      let stamp = FileAccess.stamp(path)
      if let token, stamp == tokenStamp { return token }
      do {
        token = try TokenFile.read(path)
        tokenStamp = stamp
      } catch {
        // In the middle of a replacement the old token is good for a while yet.
        guard token != nil else { throw error }
      }
      return token
    }
  }

  /// After a 401: the next ``currentToken()`` reads the file whatever its stamp says.
  /// - Returns: false when there is nothing to read again.
  mutating func distrustToken() -> Bool {
    if configuration.plugin != nil {
      pluginCredential = nil
      return true
    }
    guard case .file = configuration.token else { return false }
    tokenStamp = nil
    return true
  }

  mutating func trust() throws(ConfigurationError) -> TLSTrust {
    switch configuration.authorities {
    case .system: return .system
    case .insecure: return .insecure
    case .pem(let bytes): return .authorities(pem: bytes)
    case .file(let path):
      let bytes = if let authorities { authorities } else { try AuthorityFile.read(path) }
      authorities = bytes
      return .authorities(pem: bytes)
    }
  }

  /// After the server was not trusted.
  /// - Returns: true when the file now holds other authorities than before.
  mutating func rereadAuthorities() -> Bool {
    guard case .file(let path) = configuration.authorities,
      let bytes = try? AuthorityFile.read(path), bytes != authorities
    else { return false }
    authorities = bytes
    return true
  }
}
