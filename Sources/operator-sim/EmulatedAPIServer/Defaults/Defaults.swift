internal import FilelogEncodings
internal import FilelogJSON

/// The values that the API server fills in where an object leaves them open.
enum Defaults {
  /// Defaults, and what else the server reads into an object that a client sends whole.
  static func converted(_ object: JSONValue, _ kind: ResourceKind) -> JSONValue {
    var object = filled(object, kind)
    switch kind.kind {
    case "DaemonSet":
      // Where the `apps/v1` form carries an older form's field.
      object["metadata"]?.setDefault("annotations", [:])
      object["metadata"]?["annotations"]?.setDefault(templateGeneration, "0")
    case "Secret": mergeStringData(&object)
    default: break
    }
    return object
  }

  static let templateGeneration = "deprecated.daemonset.template.generation"

  /// `stringData` is only for writing: its values end up in `data`.
  static func mergeStringData(_ secret: inout JSONValue) {
    guard case .object(let texts)? = secret["stringData"] else { return }
    secret.setDefault("data", [:])
    for (key, text) in texts {
      secret["data"]?[key] = .string(Base64.encode(Array((text.string ?? "").utf8)))
    }
    secret["stringData"] = .none
  }

  static func filled(_ object: JSONValue, _ kind: ResourceKind) -> JSONValue {
    var object = object
    switch kind.kind {
    case "Pod":
      object["spec"] = object["spec"].map { PodDefaults.filled($0, isTemplate: false) }
    case "DaemonSet": daemonSet(&object)
    case "Node":
      if let capacity = object["status"]?["capacity"] {
        object["status"]?.setDefault("allocatable", capacity)
      }
    case "Namespace":
      let name = object["metadata"]?["name"]
      object["metadata"]?.setDefault("labels", [:])
      object["metadata"]?["labels"]?["kubernetes.io/metadata.name"] = name
    case "Secret": object.setDefault("type", "Opaque")
    case "RoleBinding", "ClusterRoleBinding": binding(&object)
    case "Service": object["spec"] = object["spec"].map(ServiceDefaults.filled)
    case "ValidatingAdmissionPolicy":
      object["spec"]?.setDefault("failurePolicy", "Fail")
      object["spec"]?.change("matchConstraints", fillMatch)
    case "ValidatingAdmissionPolicyBinding": object["spec"]?.change("matchResources", fillMatch)
    default: break
    }
    return object
  }

  private static func daemonSet(_ object: inout JSONValue) {
    guard var spec = object["spec"], case .object = spec else { return }
    spec.setDefault("updateStrategy", [:])
    spec["updateStrategy"]?.setDefault("type", "RollingUpdate")
    if spec["updateStrategy"]?["type"] == .some("RollingUpdate") {
      spec["updateStrategy"]?.setDefault("rollingUpdate", [:])
      spec["updateStrategy"]?["rollingUpdate"]?.setDefault("maxUnavailable", 1)
      spec["updateStrategy"]?["rollingUpdate"]?.setDefault("maxSurge", 0)
    }
    spec.setDefault("revisionHistoryLimit", 10)
    spec["template"]?.change("spec") { $0 = PodDefaults.filled($0, isTemplate: true) }
    object["spec"] = spec
  }

  private static let rbac: JSONValue = "rbac.authorization.k8s.io"

  private static func binding(_ object: inout JSONValue) {
    if object["roleRef"]?["apiGroup"] == .some("") { object["roleRef"]?["apiGroup"] = rbac }
    object["roleRef"]?.setDefault("apiGroup", rbac)
    object.changeElements("subjects") { subject in
      if ["User", "Group"].contains(subject["kind"]?.string) {
        subject.setDefault("apiGroup", rbac)
      }
    }
  }

  private static func fillMatch(_ match: inout JSONValue) {
    match.setDefault("matchPolicy", "Equivalent")
    match.setDefault("namespaceSelector", [:])
    match.setDefault("objectSelector", [:])
    for list in ["resourceRules", "excludeResourceRules"] {
      match.changeElements(list) { $0.setDefault("scope", "*") }
    }
  }
}
