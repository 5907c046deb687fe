internal import FilelogJSON

/// A user cannot grant by a role or a binding what they may not do themselves, unless they hold the
/// verb `escalate` on roles, or `bind` on the role that a binding names.
struct Escalation: Sendable {
  let store: ObjectStore
  let identity: Identity
  let kind: ResourceKind
  /// Where the role or the binding is; empty for the whole cluster.
  let namespace: String
  /// The name in the request's path; empty in a creation.
  let name: String

  private var authorizer: Authorizer { Authorizer(store: store) }

  /// - Parameters:
  ///   - object: a role or a binding that is about to be stored; other kinds pass.
  ///   - old: what it replaces; nil when it is new.
  func check(
    _ object: JSONValue, replacing old: @autoclosure () -> JSONValue?
  ) throws(APIStatus) {
    let isAccess = kind.group == "rbac.authorization.k8s.io"
    guard isAccess, !identity.groups.contains("system:masters") else { return }
    if let old = old(), Self.changesOnlyOwnership(object, old) { return }
    switch kind.kind {
    case "Role", "ClusterRole":
      if may("escalate", on: kind.plural, named: name) { return }
      try confirm(Rules.list(object["rules"]), object)
    default:
      let reference = object["roleRef"]
      let plural = reference?["kind"] == .some("ClusterRole") ? "clusterroles" : "roles"
      if may("bind", on: plural, named: reference?["name"]?.string ?? "") { return }
      try confirm(granted(reference), object)
    }
  }

  private func may(_ verb: String, on plural: String, named target: String) -> Bool {
    authorizer.allows(
      identity,
      AccessRequest(
        verb: verb,
        target: .resource(
          group: kind.group, resource: plural, subresource: "",
          namespace: namespace, name: target)))
  }

  /// What a binding would grant.
  private func granted(_ reference: JSONValue?) throws(APIStatus) -> [Rules.Rule] {
    let (key, roleKind) = Authorizer.role(reference, namespace)
    guard let role = store.object(key) else {
      throw APIStatus(
        code: 404, reason: "NotFound",
        message: "\(roleKind).\(kind.group) \(GoText.quoted(key.name)) not found",
        details: .init(name: key.name, group: kind.group, kind: roleKind))
    }
    return Rules.list(role.value["rules"])
  }

  private func confirm(_ rules: [Rules.Rule], _ object: JSONValue) throws(APIStatus) {
    let held = authorizer.rules(for: identity, in: namespace)
    let missing = Rules.missing(rules, from: Rules.list(.array(held.rules)))
    if missing.isEmpty { return }
    let groups = identity.groups.map(GoText.quoted).joined(separator: " ")
    var reason =
      "user \(GoText.quoted(identity.name)) (groups=[\(groups)]) is attempting to grant "
      + "RBAC permissions not currently held:\n" + Rules.text(missing).joined(separator: "\n")
    if let problems = Authorizer.text(held.problems) {
      reason += "; resolution errors: [\(problems)]"
    }
    throw refusal(object, reason)
  }

  private func refusal(_ object: JSONValue, _ reason: String) -> APIStatus {
    .forbidden(
      group: kind.group, resource: kind.plural,
      name: object["metadata"]?["name"]?.string ?? "", reason)
  }

  /// Garbage collection may touch objects whose rules it does not hold.
  private static func changesOnlyOwnership(_ new: JSONValue, _ old: JSONValue) -> Bool {
    var candidate = new
    for name in ["ownerReferences", "finalizers", "managedFields"] {
      candidate["metadata"]?[name] = old["metadata"]?[name]
    }
    return candidate == old
  }
}

/// Rules of roles, compared with each other.
enum Rules {
  /// What a rule lists, by the names of its members.
  struct Rule: Hashable, Sendable {
    var groups: [String] = []
    var resources: [String] = []
    var paths: [String] = []
    var names: [String] = []
    var verbs: [String] = []
  }

  static let everything = [
    Rule(groups: ["*"], resources: ["*"], verbs: ["*"]), Rule(paths: ["*"], verbs: ["*"]),
  ]

  static func list(_ rules: JSONValue?) -> [Rule] {
    (rules?.array ?? []).map { rule in
      func texts(_ name: String) -> [String] { (rule[name]?.array ?? []).compactMap(\.string) }
      return Rule(
        groups: texts("apiGroups"), resources: texts("resources"), paths: texts("nonResourceURLs"),
        names: texts("resourceNames"), verbs: texts("verbs"))
    }
  }

  /// The smallest parts of rules that no rule in `held` covers.
  static func missing(_ rules: [Rule], from held: [Rule]) -> [Rule] {
    rules.flatMap(parts).filter { part in !held.contains { covers($0, part) } }
  }

  /// Rules that allow one verb on one thing each.
  private static func parts(_ rule: Rule) -> [Rule] {
    var parts: [Rule] = []
    for group in rule.groups {
      for resource in rule.resources {
        for verb in rule.verbs {
          let names = rule.names.isEmpty ? [[]] : rule.names.map { [$0] }
          parts += names.map {
            Rule(groups: [group], resources: [resource], names: $0, verbs: [verb])
          }
        }
      }
    }
    for path in rule.paths {
      parts += rule.verbs.map { Rule(paths: [path], verbs: [$0]) }
    }
    return parts
  }

  private static func covers(_ rule: Rule, _ part: Rule) -> Bool {
    func all(_ wanted: [String], in held: [String]) -> Bool {
      held.contains("*") || wanted.allSatisfy(held.contains)
    }
    let resources = part.resources.allSatisfy { resource in
      let subresource = resource.split(separator: "/", maxSplits: 1).dropFirst().first
      return rule.resources.contains("*") || rule.resources.contains(resource)
        || subresource.map { rule.resources.contains("*/\($0)") } ?? false
    }
    let paths = part.paths.allSatisfy { path in
      rule.paths.contains { $0 == path || $0.hasSuffix("*") && path.hasPrefix($0.dropLast()) }
    }
    let names =
      rule.names.isEmpty || !part.names.isEmpty && part.names.allSatisfy(rule.names.contains)
    return all(part.verbs, in: rule.verbs) && all(part.groups, in: rule.groups) && resources
      && paths && names
  }

  /// Rules as refusals list them: those that differ only in their verb are one.
  static func text(_ rules: [Rule]) -> [String] {
    var verbs: [Rule: [String]] = [:]
    var complex: [Rule] = []
    for rule in rules {
      guard rule.names.isEmpty, rule.paths.isEmpty else {
        complex.append(rule)
        continue
      }
      var key = rule
      key.verbs = []
      verbs[key, default: []] += rule.verbs
    }
    let simple = verbs.map { key, verbs in
      var rule = key
      rule.verbs = verbs
      return rule
    }
    return Set((simple + complex).map(text)).sorted()
  }

  private static func text(_ rule: Rule) -> String {
    let members = [
      ("APIGroups", rule.groups), ("Resources", rule.resources), ("NonResourceURLs", rule.paths),
      ("ResourceNames", rule.names), ("Verbs", rule.verbs),
    ]
    let shown = members.filter { !$0.1.isEmpty }.map { name, values in
      "\(name):[\(values.map(GoText.quoted).joined(separator: " "))]"
    }
    return "{\(shown.joined(separator: ", "))}"
  }
}
