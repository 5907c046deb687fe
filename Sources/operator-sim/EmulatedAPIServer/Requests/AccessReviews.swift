internal import FilelogJSON
internal import HTTPServer

/// Questions about oneself: who am I, and what may I do?
enum AccessReviews {
  static let kinds: [(group: String, plural: String, kind: String)] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  ]

  /// - Returns: nil when the request is for something else.
  static func respond(
    _ target: ResourceTarget, _ request: HTTPServerRequest, _ identity: Identity,
    _ authorizer: Authorizer, now: Timestamp
  ) -> Result<APIResponse, APIStatus>? {
    guard
      let review = kinds.first(where: {
        $0.group == target.group && $0.plural == target.plural && target.version == "v1"
      })
    else { return nil }
    guard target.verb == "create", target.name.isEmpty else { return .failure(.methodNotAllowed()) }
    do throws(APIStatus) {
      let folder = review.group == "authentication.k8s.io" ? "authentication" : "authorization"
      var object = try ObjectBody.decode(
        request, kind: review.kind, typeName: "io.k8s.api.\(folder).v1.\(review.kind)")
      object["kind"] = .string(review.kind)
      object["apiVersion"] = .string("\(review.group)/v1")
      if object["metadata"] == nil { object["metadata"] = [:] }
      switch review.kind {
      case "SelfSubjectReview":
        object["metadata"]?["creationTimestamp"] = .string(now.text)
        object["status"] = ["userInfo": userInfo(identity)]
      default:
        let (isAllowed, reason) = authorizer.decision(identity, access(object["spec"]))
        object["status"] = ["allowed": .bool(isAllowed)]
        object["status"]?["reason"] = reason.map { .string($0) }
      }
      return .success(.object(status: 201, object))
    } catch {
      return .failure(error)
    }
  }

  private static func access(_ spec: JSONValue?) -> AccessRequest {
    if let path = spec?["nonResourceAttributes"] {
      return AccessRequest(
        verb: path["verb"]?.string ?? "", target: .path(path["path"]?.string ?? ""))
    }
    let attributes = spec?["resourceAttributes"]
    func text(_ name: String) -> String { attributes?[name]?.string ?? "" }
    return AccessRequest(
      verb: text("verb"),
      target: .resource(
        group: text("group"), resource: text("resource"), subresource: text("subresource"),
        namespace: text("namespace"), name: text("name")))
  }

  private static func userInfo(_ identity: Identity) -> JSONValue {
    var info: JSONValue = [
      "username": .string(identity.name),
      "groups": .array(identity.groups.map { .string($0) }),
    ]
    info["uid"] = identity.uid.map { .string($0) }
    if !identity.extra.isEmpty {
      info["extra"] = .object(
        identity.extra.mapValues { values in .array(values.map { .string($0) }) })
    }
    return info
  }
}
