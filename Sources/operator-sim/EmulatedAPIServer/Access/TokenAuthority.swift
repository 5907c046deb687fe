internal import FilelogJSON
internal import FoundationEssentials

/// Issues bearer tokens and tells whose a token is.
struct TokenAuthority: Sendable {
  /// What a service account's token is bound to.
  struct Binding: Sendable {
    var podName: String?
    var podUID: String?
    var nodeName: String?
    var nodeUID: String?

    init() {}

    init(nodeName: String, nodeUID: String) {
      (self.nodeName, self.nodeUID) = (nodeName, nodeUID)
    }

    init(pod: JSONValue, name: String, uid: String?, _ store: ObjectStore) {
      (podName, podUID) = (name, uid)
      guard let node = pod["spec"]?["nodeName"]?.string, !node.isEmpty else { return }
      nodeName = node
      // The node need not be there yet.
      nodeUID = store.object(ObjectKey(resource: "nodes", namespace: "", name: node))?.uid
    }
  }

  /// Who a token stands for in every cluster of the default configuration.
  static let issuer = "https://kubernetes.default.svc.cluster.local"

  let token: WebToken
  let store: ObjectStore
  let now: @Sendable () -> Timestamp
  let newID: @Sendable () -> String

  /// A token for a person or a component; it never expires.
  func userToken(_ identity: Identity) -> String {
    var extra: [String: JSONValue] = [:]
    for (key, values) in identity.extra { extra[key] = .array(values.map { .string($0) }) }
    return token.sign([
      "sub": .string(identity.name), "groups": .array(identity.groups.map { .string($0) }),
      "extra": .object(extra), "jti": .string(newID()),
    ])
  }

  /// A token for a service account.
  /// - Returns: the token and when it expires.
  func serviceAccountToken(
    namespace: String, name: String, uid: String, binding: Binding, audiences: [String],
    lifetime: Int
  ) -> (token: String, expires: Timestamp) {
    let issued = now()
    let expires = Timestamp(seconds: issued.seconds + lifetime)
    var bound: JSONValue = [
      "namespace": .string(namespace),
      "serviceaccount": ["name": .string(name), "uid": .string(uid)],
    ]
    bound["pod"] = Self.reference(binding.podName, binding.podUID)
    bound["node"] = Self.reference(binding.nodeName, binding.nodeUID)
    let claims: JSONValue = [
      "aud": .array(audiences.map { .string($0) }), "exp": .integer(expires.seconds),
      "iat": .integer(issued.seconds), "nbf": .integer(issued.seconds),
      "iss": .string(Self.issuer), "jti": .string(newID()),
      "sub": .string("system:serviceaccount:\(namespace):\(name)"), "kubernetes.io": bound,
    ]
    return (token.sign(claims), expires)
  }

  /// Whose token this is; nil for one that is not ours, has expired, or is bound to what is gone.
  func identity(of text: String) -> Identity? {
    guard let claims = token.claims(text), let subject = claims["sub"]?.string else { return nil }
    if let expires = claims["exp"]?.integer, expires <= now().seconds { return nil }
    guard let bound = claims["kubernetes.io"] else {
      var identity = Identity(
        name: subject, groups: (claims["groups"]?.array ?? []).compactMap(\.string))
      for (key, values) in claims["extra"]?.object ?? [:] {
        identity.extra[key] = (values.array ?? []).compactMap(\.string)
      }
      return identity
    }
    // A token for another audience proves nothing to this server.
    guard claims["aud"]?.array?.contains(.string(Self.issuer)) ?? false else { return nil }
    return serviceAccount(bound, credential: claims["jti"]?.string ?? "")
  }

  private func serviceAccount(_ bound: JSONValue, credential: String) -> Identity? {
    let namespace = bound["namespace"]?.string ?? ""
    let account = bound["serviceaccount"]
    guard let name = account?["name"]?.string, let uid = account?["uid"]?.string,
      exists("serviceaccounts", namespace, name, uid: uid)
    else { return nil }
    var identity = Identity.serviceAccount(namespace: namespace, name: name, uid: uid)
    identity.extra[ExtraKey.credential] = ["JTI=\(credential)"]
    if let pod = bound["pod"], let name = pod["name"]?.string, let uid = pod["uid"]?.string {
      guard exists("pods", namespace, name, uid: uid) else { return nil }
      identity.extra[ExtraKey.podName] = [name]
      identity.extra[ExtraKey.podUID] = [uid]
    }
    if let node = bound["node"], let name = node["name"]?.string {
      let uid = node["uid"]?.string
      // A pod's token only mentions its node; a token bound to the node itself dies with it.
      if bound["pod"] == nil, let uid, !exists("nodes", "", name, uid: uid) { return nil }
      identity.extra[ExtraKey.nodeName] = [name]
      if let uid { identity.extra[ExtraKey.nodeUID] = [uid] }
    }
    return identity
  }

  private func exists(_ resource: String, _ namespace: String, _ name: String, uid: String) -> Bool
  {
    store.object(ObjectKey(resource: resource, namespace: namespace, name: name))?.uid == uid
  }

  private static func reference(_ name: String?, _ uid: String?) -> JSONValue? {
    guard let name else { return nil }
    var reference: JSONValue = ["name": .string(name)]
    reference["uid"] = uid.map { .string($0) }
    return reference
  }
}
