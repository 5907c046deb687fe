internal import FilelogEncodings
internal import FilelogJSON

/// The node that a pod runs on, as the pod's own token names it.
public struct BoundNode: Hashable, Sendable {
  /// The name of the Node object.
  public let name: String
  /// The UID of the Node object.
  public let uid: String

  /// Names a node.
  public init(name: String, uid: String) {
    self.name = name
    self.uid = uid
  }

  /// Reads the claim `kubernetes.io` → `node` of a token, which servers from Kubernetes 1.30 on put
  /// there. The signature is not looked at: the kubelet wrote the file, and the API server judges the
  /// token at every request anyway.
  ///
  /// - Returns: nil for a token without the claim, and for one that is not a JSON web token.
  public init?(token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let claims = Self.claims(parts[1]),
      let node = claims["kubernetes.io"]?["node"],
      let name = node["name"]?.string, let uid = node["uid"]?.string, !name.isEmpty, !uid.isEmpty
    else { return nil }
    self.init(name: name, uid: uid)
  }

  /// Base64 with the alphabet for URLs and without padding (RFC 7515).
  private static func claims(_ text: Substring) -> JSONValue? {
    var standard = text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
    return Base64.decode(standard[...]).flatMap { try? JSONValue(parsing: $0) }
  }
}

extension KubernetesClient {
  /// The node that the token in force is bound to; nil when it names none, or cannot be read.
  public var boundNode: BoundNode? {
    (try? credentials.currentToken()).flatMap { BoundNode(token: $0) }
  }
}
