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
    for (index, rule) in (role["rules"]?.array ?? []).enumerated() {
      let path = "rules[\(index)]"
      func isEmpty(_ name: String) -> Bool { (rule[name]?.array ?? []).isEmpty }
      if isEmpty("verbs") {
        errors.append(.required("\(path).verbs", "verbs must contain at least one value"))
      }
      if !isEmpty("nonResourceURLs") {
        if kind.isNamespaced {
          errors.append(
            .invalid(
              "\(path).nonResourceURLs", rule["nonResourceURLs"] ?? [],
              "namespaced rules cannot apply to non-resource URLs"))
        }
        if ["apiGroups", "resources", "resourceNames"].contains(where: { !isEmpty($0) }) {
          errors.append(
            .invalid(
              "\(path).nonResourceURLs", rule["nonResourceURLs"] ?? [],
              "rules cannot apply to both regular resources and non-resource URLs"))
        }
        continue
      }
      if isEmpty("apiGroups") {
        errors.append(
          .required("\(path).apiGroups", "resource rules must supply at least one api group"))
      }
      if isEmpty("resources") {
        errors.append(
          .required("\(path).resources", "resource rules must supply at least one resource"))
      }
    }
    return errors
  }

  static func binding(_ binding: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    var errors: [FieldError] = []
    let role = binding["roleRef"]
    errors += FieldNode(role, at: "roleRef")["apiGroup"].choice([Self.group])
    let roleKind = role?["kind"]?.string ?? ""
    let allowed = kind.isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]
    if !allowed.contains(roleKind) {
      errors.append(.notSupported("roleRef.kind", .string(roleKind), allowed))
    }
    if (role?["name"]?.string ?? "").isEmpty { errors.append(.required("roleRef.name")) }
    for (index, subject) in (binding["subjects"]?.array ?? []).enumerated() {
      errors += self.subject(FieldNode(subject, at: "subjects[\(index)]"), kind)
    }
    return errors
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
