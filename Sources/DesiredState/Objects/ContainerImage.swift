/// An image and when to pull it.
public struct ContainerImage: Hashable, Sendable {
  /// `registry.example.com/name:tag` or `registry.example.com/name@sha256:…`.
  public var reference: String
  /// Nil: Kubernetes' own default.
  public var pullPolicy: PullPolicy?

  /// When the kubelet pulls an image.
  public enum PullPolicy: String, CaseIterable, Sendable {
    /// At every start of a container.
    case always = "Always"
    /// When the node does not have it.
    case ifNotPresent = "IfNotPresent"
    /// Not at all: the node must have it.
    case never = "Never"
  }

  /// An image by its whole name.
  public init(_ reference: String, pullPolicy: PullPolicy? = nil) {
    self.reference = reference
    self.pullPolicy = pullPolicy
  }

  /// The name without tag and digest.
  public var repository: String {
    let name = reference.prefix { $0 != "@" }
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else {
      return String(name)
    }
    return String(name[..<colon])
  }

  /// Nil where the name has none, for instance beside a digest.
  public var tag: String? {
    let name = reference.prefix { $0 != "@" }
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return nil }
    return String(name[name.index(after: colon)...])
  }
}
