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
  ) throws(APIStatus) -> APIResponse? {
    guard
      let review = kinds.first(where: {
        $0.group == target.group && $0.plural == target.plural && target.version == "v1"
      })
    else { return nil }
    guard target.verb == "create", target.name.isEmpty else { throw .methodNotAllowed }
    let package = review.group.prefix { $0 != "." }
    var object = try ObjectBody.decode(
      request, kind: review.kind, typeName: "io.k8s.api.\(package).v1.\(review.kind)")
    object["kind"] = .string(review.kind)
    object["apiVersion"] = .string("\(review.group)/v1")
    object.setDefault("metadata", [:])
    if review.kind == "SelfSubjectReview" {
      object["metadata"]?["creationTimestamp"] = .string(now.text)
      object["status"] = ["userInfo": identity.json]
    } else {
      let (isAllowed, reason) = authorizer.decision(identity, access(object["spec"]))
      object["status"] = ["allowed": .bool(isAllowed)]
      object["status"]?["reason"] = reason.map { .string($0) }
    }
    return .object(status: 201, object)
  }

  private static func access(_ spec: JSONValue?) -> AccessRequest {
    if let path = spec?["nonResourceAttributes"] {
      return AccessRequest(path["verb"]?.string ?? "", path: path["path"]?.string ?? "")
    }
    let attributes = spec?["resourceAttributes"]
    func text(_ name: String) -> String { attributes?[name]?.string ?? "" }
    return AccessRequest(
      ResourceTarget(
        group: text("group"), version: text("version"), namespace: text("namespace"),
        plural: text("resource"), name: text("name"), subresource: text("subresource"),
        verb: text("verb")))
  }
}
