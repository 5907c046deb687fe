internal import FilelogJSON

/// What a user wants to do.
struct AccessRequest: Hashable, Sendable {
  let verb: String
  let target: RequestTarget

  init(_ target: ResourceTarget) { (verb, self.target) = (target.verb, .resource(target)) }

  init(_ verb: String, path: String) { (self.verb, target) = (verb, .path(path)) }
}

/// Role-based access control over the roles and bindings in the store.
struct Authorizer: Sendable {
  let store: ObjectStore

  func allows(_ identity: Identity, _ request: AccessRequest) -> Bool {
    decision(identity, request).isAllowed
  }

  /// - Returns: also why not, where there is more to report than that no rule allows it.
  func decision(
    _ identity: Identity, _ request: AccessRequest
  ) -> (isAllowed: Bool, reason: String?) {
    // As in every cluster: this group may do anything.
    if identity.groups.contains("system:masters") { return (true, nil) }
    let found = rules(for: identity, in: request.target.resource?.namespace ?? "")
    if found.rules.contains(where: { request.isCovered(by: $0) }) { return (true, nil) }
    return (false, Self.text(found.problems).map { "RBAC: \($0)" })
  }

  /// Every rule that holds for a user, in a namespace and cluster-wide, and which roles are
  /// missing.
  func rules(
    for identity: Identity, in namespace: String
  ) -> (rules: [JSONValue], problems: [String]) {
    var references = objects("clusterrolebindings", nil).filter { Self.names($0, identity, in: "") }
      .map { (reference: $0["roleRef"], namespace: "") }
    if !namespace.isEmpty {
      references += objects("rolebindings", namespace)
        .filter { Self.names($0, identity, in: namespace) }
        .map { (reference: $0["roleRef"], namespace: namespace) }
    }
    var found: (rules: [JSONValue], problems: [String]) = ([], [])
    for (reference, namespace) in references {
      let (key, kind) = Self.role(reference, namespace)
      if let role = store.object(key) {
        found.rules += role.value["rules"]?.array ?? []
      } else {
        found.problems.append(
          "\(kind).rbac.authorization.k8s.io \(GoText.quoted(key.name)) not found")
      }
    }
    return found
  }

  /// Several problems as one text; nil for none.
  static func text(_ problems: [String]) -> String? {
    var distinct: [String] = []
    for problem in problems where !distinct.contains(problem) { distinct.append(problem) }
    return distinct.count > 1 ? "[\(distinct.joined(separator: ", "))]" : distinct.first
  }

  private func objects(_ plural: String, _ namespace: String?) -> [JSONValue] {
    store.all("\(plural).rbac.authorization.k8s.io", namespace: namespace).map(\.object.value)
  }

  /// Where a binding's role is kept, and what refusals call its kind.
  static func role(
    _ reference: JSONValue?, _ namespace: String
  ) -> (key: ObjectKey, kind: String) {
    let name = reference?["name"]?.string ?? ""
    if reference?["kind"] == .some("ClusterRole") {
      let resource = "clusterroles.rbac.authorization.k8s.io"
      return (ObjectKey(resource: resource, namespace: "", name: name), "clusterrole")
    }
    let resource = "roles.rbac.authorization.k8s.io"
    return (ObjectKey(resource: resource, namespace: namespace, name: name), "role")
  }

  /// A service account without a namespace is of the binding's own.
  private static func names(
    _ binding: JSONValue, _ identity: Identity, in namespace: String
  ) -> Bool {
    (binding["subjects"]?.array ?? []).contains { subject in
      let name = subject["name"]?.string ?? ""
      return switch subject["kind"]?.string {
      case "User": name == identity.name
      case "Group": identity.groups.contains(name)
      case "ServiceAccount":
        identity.name
          == "system:serviceaccount:\(subject["namespace"]?.string?.nonEmpty ?? namespace):\(name)"
      default: false
      }
    }
  }
}

extension AccessRequest {
  fileprivate func isCovered(by rule: JSONValue) -> Bool {
    func lists(_ name: String, _ value: String) -> Bool {
      (rule[name]?.array ?? []).contains { $0 == "*" || $0 == .string(value) }
    }
    guard lists("verbs", verb) else { return false }
    switch target {
    case .path(let path):
      return (rule["nonResourceURLs"]?.array ?? []).compactMap(\.string).contains { pattern in
        pattern == "*" || pattern == path
          || pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast())
      }
    case .resource(let target):
      let subresource = target.subresource
      guard lists("apiGroups", target.group),
        lists("resources", target.resource)
          || !subresource.isEmpty && lists("resources", "*/\(subresource)")
      else { return false }
      let names = rule["resourceNames"]?.array ?? []
      return names.isEmpty || names.contains(.string(target.name))
    }
  }
}

extension Authorizer {
  func check(_ identity: Identity, _ target: ResourceTarget) throws(APIStatus) {
    let decision = decision(identity, AccessRequest(target))
    if decision.isAllowed { return }
    var reason =
      "User \(GoText.quoted(identity.name)) cannot \(target.verb) resource "
      + "\(GoText.quoted(target.resource)) in API group \(GoText.quoted(target.group))"
    reason +=
      target.namespace.isEmpty
      ? " at the cluster scope" : " in the namespace \(GoText.quoted(target.namespace))"
    if let why = decision.reason { reason += ": \(why)" }
    throw .forbidden(group: target.group, resource: target.plural, name: target.name, reason)
  }
}
