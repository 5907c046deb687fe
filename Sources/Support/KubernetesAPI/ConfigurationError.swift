/// What keeps a client from knowing where the API server is, or who it is itself.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, whatever the place.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The environment variables of a pod are missing.
    case notInCluster
    /// A file is missing, or may not be read.
    case fileUnreadable
    /// A file or a field that must say something says nothing.
    case empty
    /// A file is not what it should be: YAML, a kubeconfig, PEM.
    case malformed
    /// A context, a cluster or a user is named that the kubeconfig does not define.
    case notDefined
    /// No context is chosen, neither by the caller nor in the kubeconfig.
    case noContext
    /// A credential plugin cannot be run, or gives no credential.
    case pluginFailed
    /// Something valid that this client does not do.
    case notSupported
  }

  /// What is wrong.
  public let code: Code

  /// The file in question.
  public let file: String?

  /// Counted from 1.
  public let line: Int?

  /// What was found and what would be right. Never a token, a key or a certificate.
  public let detail: String

  /// An error with these parts.
  public init(_ code: Code, file: String? = nil, line: Int? = nil, _ detail: String) {
    self.code = code
    self.file = file
    self.line = line
    self.detail = detail
  }

  /// `/home/me/.kube/config:12: user "me": exec plugins are not supported …`
  public var description: String {
    let place = file.map { file in line.map { "\(file):\($0): " } ?? "\(file): " } ?? ""
    return place + detail
  }
}
