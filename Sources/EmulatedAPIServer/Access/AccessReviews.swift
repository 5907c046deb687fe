internal import HTTPServer
internal import JSON

/// Questions about oneself: who am I, and what may I do?
enum AccessReviews {
  static let kinds: [(group: String, plural: String, kind: String)] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  ]

  /// - Returns: nil when the request is for something else.
  static func answer(
    _ target: ResourceTarget, _ request: HTTPServerRequest, _ identity: Identity,
    _ authorizer: Authorizer
  ) -> Result<Answer, APIStatus>? {
    guard
      let review = kinds.first(where: {
        $0.group == target.group && $0.plural == target.plural && target.version == "v1"
      })
    else { return nil }
    guard target.verb == "create", target.name.isEmpty else { return .failure(.methodNotAllowed()) }
    do throws(APIStatus) {
      var object = try decode(request, review)
      object["kind"] = .string(review.kind)
      object["apiVersion"] = .string("\(review.group)/v1")
      if object["metadata"] == nil { object["metadata"] = [:] }
      switch review.kind {
      case "SelfSubjectReview": object["status"] = ["userInfo": userInfo(identity)]
      case "SelfSubjectRulesReview":
        object["status"] = rules(
          authorizer.rules(for: identity, in: object["spec"]?["namespace"]?.string ?? ""), identity)
      default:
        let isAllowed = authorizer.allows(identity, access(object["spec"]))
        object["status"] = ["allowed": .bool(isAllowed)]
      }
      return .success(.object(status: 201, object))
    } catch {
      return .failure(error)
    }
  }

  private static func decode(
    _ request: HTTPServerRequest, _ review: (group: String, plural: String, kind: String)
  ) throws(APIStatus) -> JSONValue {
    let folder = review.group == "authentication.k8s.io" ? "authentication" : "authorization"
    do {
      let sent = try StrictJSONReader.read(request.body).value
      return try ObjectDecoder.decode(sent, as: "io.k8s.api.\(folder).v1.\(review.kind)").value
    } catch let failure as ObjectDecoder.Failure {
      throw .badRequest(
        "\(review.kind) in version \"v1\" cannot be handled as a \(review.kind): "
          + failure.message)
    } catch {
      throw .badRequest(
        "the object provided is unrecognized (must be of type \(review.kind)): \(error)")
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

  private static func rules(_ rules: [JSONValue], _ identity: Identity) -> JSONValue {
    var rules = rules
    if identity.groups.contains("system:masters") {
      rules.append(["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]])
      rules.append(["nonResourceURLs": ["*"], "verbs": ["*"]])
    }
    return [
      "resourceRules": .array(rules.filter { $0["resources"] != nil }),
      "nonResourceRules": .array(rules.filter { $0["nonResourceURLs"] != nil }),
      "incomplete": false,
    ]
  }
}
