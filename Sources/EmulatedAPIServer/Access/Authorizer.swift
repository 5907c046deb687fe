internal import JSON

/// What somebody wants to do.
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
    // As in every cluster: this group may do anything.
    if identity.groups.contains("system:masters") { return true }
    return rules(for: identity, in: request.namespace).contains { request.isCovered(by: $0) }
  }

  /// Every rule that holds for somebody, in a namespace and cluster-wide.
  func rules(for identity: Identity, in namespace: String) -> [JSONValue] {
    var rules: [JSONValue] = []
    for binding in objects("clusterrolebindings", nil) where Self.names(binding, identity) {
      rules += self.rules(of: binding["roleRef"], namespace: "")
    }
    if !namespace.isEmpty {
      for binding in objects("rolebindings", namespace) where Self.names(binding, identity) {
        rules += self.rules(of: binding["roleRef"], namespace: namespace)
      }
    }
    return rules
  }

  private func objects(_ plural: String, _ namespace: String?) -> [JSONValue] {
    let resource = "\(plural).rbac.authorization.k8s.io"
    let listed = try? store.list(resource, namespace: namespace)
    return listed?.objects.map(\.object.value) ?? []
  }

  private func rules(of reference: JSONValue?, namespace: String) -> [JSONValue] {
    let isCluster = reference?["kind"] == .string("ClusterRole")
    let key = ObjectKey(
      resource: (isCluster ? "clusterroles" : "roles") + ".rbac.authorization.k8s.io",
      namespace: isCluster ? "" : namespace, name: reference?["name"]?.string ?? "")
    return store.object(key)?.value["rules"]?.array ?? []
  }

  private static func names(_ binding: JSONValue, _ identity: Identity) -> Bool {
    (binding["subjects"]?.array ?? []).contains { subject in
      let name = subject["name"]?.string ?? ""
      return switch subject["kind"]?.string {
      case "User": name == identity.name
      case "Group": identity.groups.contains(name)
      case "ServiceAccount":
        identity.name == "system:serviceaccount:\(subject["namespace"]?.string ?? ""):\(name)"
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
