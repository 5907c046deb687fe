internal import FilelogText

extension ClusterConfiguration {
  /// Where the kubelet mounts a pod's token and `ca.crt`.
  public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// What every pod with a service account finds in its environment and its files.
  ///
  /// - Parameters:
  ///   - environment: the container's variables.
  ///   - directory: holds `token`, `ca.crt` and, if anything, `namespace`.
  /// - Throws: ``ConfigurationError`` when a variable or a file is missing or says nothing.
  public static func inCluster(
    environment: [String: String],
    serviceAccountDirectory directory: String = Self.serviceAccountDirectory
  ) throws(ConfigurationError) -> ClusterConfiguration {
    let host = environment["KUBERNETES_SERVICE_HOST"] ?? ""
    let port = environment["KUBERNETES_SERVICE_PORT"] ?? ""
    guard !host.isEmpty, !port.isEmpty else {
      throw ConfigurationError(
        .notInCluster,
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this process does not run in a pod of a "
          + "cluster")
    }
    guard let number = UInt16(port), number > 0 else {
      throw ConfigurationError(
        .malformed, "KUBERNETES_SERVICE_PORT is \"\(port)\", not a port number")
    }
    let token = directory + "/token"
    let authority = directory + "/ca.crt"
    _ = try TokenFile.read(token)
    _ = try AuthorityFile.read(authority)
    return ClusterConfiguration(
      server: "https://\(host.contains(":") ? "[\(host)]" : host):\(number)",
      authorities: .file(authority), token: .file(token),
      namespace: try? TokenFile.read(directory + "/namespace"))
  }
}

/// A file with one word in it.
enum TokenFile {
  static let limit = 64 << 10

  static func read(_ path: String) throws(ConfigurationError) -> String {
    let bytes = try FileAccess.read(path, limit: limit)
    let word = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard let first = word.first else {
      throw ConfigurationError(.empty, file: path, "the file is empty")
    }
    guard word.count == 1, first.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
      throw ConfigurationError(.malformed, file: path, "the file holds something else than a token")
    }
    return String(first)
  }
}

/// A file with certificates in PEM.
enum AuthorityFile {
  static let limit = 4 << 20

  static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    let bytes = try FileAccess.read(path, limit: limit)
    guard isCertificate(bytes) else {
      throw ConfigurationError(.malformed, file: path, "the file holds no PEM certificate")
    }
    return bytes
  }

  static func isCertificate(_ bytes: [UInt8]) -> Bool {
    ["CERTIFICATE", "TRUSTED CERTIFICATE"].contains { kind in
      bytes[...].firstPlace(of: "-----BEGIN \(kind)-----".utf8) != nil
    }
  }
}
