internal import FilelogJSON

/// What a user wants to do.
struct AccessRequest: Hashable, Sendable {
  enum Target: Hashable, Sendable {
    case resource(
      group: String, resource: String, subresource: String, namespace: String, name: String)
    case path(String)
  }

  var verb: String
  var target: Target
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
    let found = rules(for: identity, in: request.namespace)
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
    let resource = "\(plural).rbac.authorization.k8s.io"
    let listed = try? store.list(resource, namespace: namespace)
    return listed?.objects.map(\.object.value) ?? []
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
  var namespace: String {
    if case .resource(_, _, _, let namespace, _) = target { namespace } else { "" }
  }

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
    case .resource(let group, let resource, let subresource, _, let name):
      guard lists("apiGroups", group) else { return false }
      let full = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
      guard
        lists("resources", full)
          || !subresource.isEmpty && lists("resources", "*/\(subresource)")
      else { return false }
      let names = rule["resourceNames"]?.array ?? []
      return names.isEmpty || names.contains(.string(name))
    }
  }
}

extension Authorizer {
  func check(_ identity: Identity, _ target: ResourceTarget) throws(APIStatus) {
    let request = AccessRequest(
      verb: target.verb,
      target: .resource(
        group: target.group, resource: target.plural, subresource: target.subresource,
        namespace: target.namespace, name: target.name))
    let decision = decision(identity, request)
    if decision.isAllowed { return }
    let resource =
      target.subresource.isEmpty ? target.plural : "\(target.plural)/\(target.subresource)"
    var reason =
      "User \(GoText.quoted(identity.name)) cannot \(target.verb) resource "
      + "\(GoText.quoted(resource)) in API group \(GoText.quoted(target.group))"
    if !target.namespace.isEmpty {
      reason += " in the namespace \(GoText.quoted(target.namespace))"
    } else {
      reason += " at the cluster scope"
    }
    if let why = decision.reason { reason += ": \(why)" }
    throw .forbidden(group: target.group, resource: target.plural, name: target.name, reason)
  }
}
