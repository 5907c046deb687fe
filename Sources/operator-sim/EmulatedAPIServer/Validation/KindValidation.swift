internal import FilelogJSON

/// The rules of each kind.
enum KindValidation {
  static func errors(_ object: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    switch kind.kind {
    case "ConfigMap": DataValidation.configMap(object)
    case "Secret": DataValidation.secret(object)
    case "Pod": PodValidation.errors(FieldNode(object["spec"], at: "spec"))
    case "DaemonSet": WorkloadValidation.daemonSet(object)
    case "Role", "ClusterRole": AccessValidation.role(object, kind)
    case "RoleBinding", "ClusterRoleBinding": AccessValidation.binding(object, kind)
    case "ValidatingAdmissionPolicy": PolicyValidation.policy(object)
    case "ValidatingAdmissionPolicyBinding": PolicyValidation.binding(object)
    default: []
    }
  }

  static func updateErrors(
    _ new: JSONValue, _ old: JSONValue, _ kind: ResourceKind, _ subresource: String
  ) -> [FieldError] {
    if subresource == "status" { return [] }
    return switch kind.kind {
    case "ConfigMap": DataValidation.configMapUpdate(new, old) + errors(new, kind)
    case "Secret": DataValidation.secretUpdate(new, old) + errors(new, kind)
    case "DaemonSet": WorkloadValidation.daemonSetUpdate(new, old) + errors(new, kind)
    case "RoleBinding", "ClusterRoleBinding":
      AccessValidation.bindingUpdate(new, old) + errors(new, kind)
    default: errors(new, kind)
    }
  }
}

/// The rules of roles and their bindings.
enum AccessValidation {
  static func role(_ role: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    var errors: [FieldError] = []
    for rule in FieldNode(role["rules"], at: "rules").elements {
      func demand(_ name: String, _ reason: String) {
        if rule[name].elements.isEmpty { errors.append(.required(rule[name].path, reason)) }
      }
      demand("verbs", "verbs must contain at least one value")
      let urls = rule["nonResourceURLs"]
      if urls.elements.isEmpty {
        demand("apiGroups", "resource rules must supply at least one api group")
        demand("resources", "resource rules must supply at least one resource")
        continue
      }
      if kind.isNamespaced {
        errors.append(urls.invalid("namespaced rules cannot apply to non-resource URLs"))
      }
      let others = ["apiGroups", "resources", "resourceNames"]
      if others.contains(where: { !rule[$0].elements.isEmpty }) {
        errors.append(
          urls.invalid("rules cannot apply to both regular resources and non-resource URLs"))
      }
    }
    return errors
  }

  static func binding(_ binding: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    let role = FieldNode(binding["roleRef"], at: "roleRef")
    var errors = role["apiGroup"].choice([Self.group])
    let allowed = kind.isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
    if !allowed.contains(role["kind"].text) {
      errors.append(.notSupported("roleRef.kind", .string(role["kind"].text), allowed))
    }
    errors += role["name"].requirement
    return errors
      + FieldNode(binding["subjects"], at: "subjects").elements.flatMap { subject($0, kind) }
  }

  private static let group = "rbac.authorization.k8s.io"

  private static func subject(_ subject: FieldNode, _ kind: ResourceKind) -> [FieldError] {
    let (name, group) = (subject["name"], subject["apiGroup"])
    var errors = name.requirement
    switch subject["kind"].text {
    case "ServiceAccount":
      if !name.text.isEmpty { errors += name.checked(Names.subdomainProblems) }
      if !group.text.isEmpty { errors += group.choice([""]) }
      // A binding in a namespace means its own unless it says otherwise.
      if !kind.isNamespaced { errors += subject["namespace"].requirement }
    case "User", "Group":
      let what = subject["kind"].text.lowercased()
      if name.text.isEmpty {
        errors.append(.invalid(name.path, "", "\(what) name cannot be empty"))
      }
      errors += group.choice([Self.group])
    case let other:
      errors.append(
        .notSupported(
          subject["kind"].path, .string(other), ["ServiceAccount", "User", "Group"]))
    }
    return errors
  }

  static func bindingUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    if new["roleRef"] == old["roleRef"] { return [] }
    func text(_ name: String) -> JSONValue { new["roleRef"]?[name] ?? "" }
    // Named as in the API server's own code.
    let shown: JSONValue = [
      "APIGroup": text("apiGroup"), "Kind": text("kind"), "Name": text("name"),
    ]
    return [.invalid("roleRef", shown, "cannot change roleRef")]
  }
}
