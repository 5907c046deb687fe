internal import FilelogJSON
internal import HTTPServer

/// POST on a service account's `token` subresource: a token, perhaps bound to a pod or a node.
struct TokenRequests: Sendable {
  let store: ObjectStore
  let tokens: TokenAuthority

  private static let typeName = "io.k8s.api.authentication.v1.TokenRequest"
  private static let audience = "https://kubernetes.default.svc.cluster.local"

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let name = context.target.name
    let key = context.key(name)
    guard let account = store.object(key), let uid = account.uid else {
      throw .notFound(context.kind, name)
    }
    var request = try ObjectBody.decode(
      context.request, kind: "TokenRequest", typeName: Self.typeName)
    let spec = request["spec"]
    let lifetime = spec?["expirationSeconds"]?.integer ?? 3600
    try Self.check(lifetime)
    let audiences = (spec?["audiences"]?.array ?? []).compactMap(\.string)
    let binding = try binding(spec?["boundObjectRef"], context)
    let issued = tokens.serviceAccountToken(
      namespace: key.namespace, name: name, uid: uid, binding: binding,
      audiences: audiences.isEmpty ? [Self.audience] : audiences, lifetime: lifetime)
    request["kind"] = "TokenRequest"
    request["apiVersion"] = "authentication.k8s.io/v1"
    request["metadata"] = [
      "name": .string(name), "namespace": .string(key.namespace), "uid": .string(uid),
      "creationTimestamp": .string(context.now.text),
    ]
    request["spec"]?["expirationSeconds"] = .integer(lifetime)
    if audiences.isEmpty { request["spec"]?["audiences"] = [.string(Self.audience)] }
    if request["spec"]?["boundObjectRef"] == nil {
      request["spec"]?["boundObjectRef"] = .some(.null)
    }
    request["status"] = [
      "token": .string(issued.token), "expirationTimestamp": .string(issued.expires.text),
    ]
    return .object(status: 201, request)
  }

  private static func check(_ lifetime: Int) throws(APIStatus) {
    let problem =
      lifetime < 600
      ? "may not specify a duration less than 10 minutes"
      : lifetime > 1 << 32 ? "may not specify a duration larger than 2^32 seconds" : nil
    guard let problem else { return }
    throw .invalid(
      group: "authentication.k8s.io", kind: "TokenRequest", name: "",
      [.invalid("spec.expirationSeconds", .integer(lifetime), problem)])
  }

  private func binding(
    _ reference: JSONValue?, _ context: RequestContext
  ) throws(APIStatus) -> TokenAuthority.Binding {
    guard let reference else { return .init() }
    let name = reference["name"]?.string ?? ""
    let sentUID = reference["uid"]?.string ?? ""
    switch reference["kind"]?.string ?? "" {
    case "Pod":
      let (pod, uid) = try find("pods", context.target.namespace, name, sentUID)
      if (pod["spec"]?["serviceAccountName"]?.string ?? "default") != context.target.name {
        throw .badRequest(
          "cannot bind token for serviceaccount \(GoText.quoted(context.target.name)) to pod "
            + "running with different serviceaccount name.")
      }
      return TokenAuthority.Binding(pod: pod, name: name, uid: uid, store)
    case "Node":
      let (_, uid) = try find("nodes", "", name, sentUID)
      return .init(nodeName: name, nodeUID: uid)
    case "Secret":
      throw .notEmulated("tokens bound to a Secret")
    case let other:
      throw .badRequest(
        "cannot bind token to object of type /\(reference["apiVersion"]?.string ?? ""), "
          + "Kind=\(other)")
    }
  }

  private func find(
    _ plural: String, _ namespace: String, _ name: String, _ uid: String
  ) throws(APIStatus) -> (object: JSONValue, uid: String) {
    let kind = ResourceRegistry.named(plural)
    let key = ObjectKey(resource: plural, namespace: namespace, name: name)
    guard let object = store.object(key), let found = object.uid else {
      throw .notFound(kind, name)
    }
    if !uid.isEmpty, uid != found {
      throw .conflict(
        kind, name,
        "the UID in the bound object reference (\(uid)) does not match the UID in record. The "
          + "object might have been deleted and then recreated")
    }
    return (object.value, found)
  }
}
