internal import FilelogHTTPClient
internal import FilelogJSON
internal import FilelogText

/// What a plugin answered: an `ExecCredential` with a status.
struct PluginCredential: Hashable {
  let token: String?
  let certificate: ClientCertificate?
  /// Seconds since 1970; nil: as long as the server takes it.
  let expires: Int?

  /// - Throws: ``ConfigurationError``, never with a part of the credential in it.
  init(_ output: [UInt8], of plugin: ExecPlugin) throws(ConfigurationError) {
    func failure(_ problem: String) -> ConfigurationError {
      ConfigurationError(.pluginFailed, "exec plugin \(plugin.command): \(problem)")
    }
    guard let object = try? JSONValue(parsing: output), object["kind"] == "ExecCredential" else {
      throw failure("its output is not an ExecCredential")
    }
    guard let version = object["apiVersion"]?.string, version == plugin.apiVersion else {
      let found = object["apiVersion"]?.string ?? "none"
      throw failure("it answers as \(found.prefix(100)), where \(plugin.apiVersion) was asked for")
    }
    guard let status = object["status"], case .object = status else {
      throw failure("its output has no status")
    }
    token = status["token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    if let token, !token.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) {
      throw failure("its token holds white space or other than ASCII")
    }
    switch (status["clientCertificateData"]?.string, status["clientKeyData"]?.string) {
    case (nil, nil): certificate = nil
    case (let text?, let key?):
      certificate = ClientCertificate(certificate: Array(text.utf8), key: Array(key.utf8))
    default: throw failure("of a client certificate and its key it gives only one")
    }
    guard token != nil || certificate != nil else {
      throw failure("it gives neither a token nor a client certificate")
    }
    guard let text = status["expirationTimestamp"]?.string else {
      expires = nil
      return
    }
    guard let time = RFC3339.parse(text) else {
      throw failure("its expirationTimestamp is not a time (\(text.prefix(40)))")
    }
    expires = Int(time.seconds)
  }

  func isValid(at now: Int) -> Bool { expires.map { now < $0 } ?? true }
}
