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
    case "ValidatingAdmissionPolicy": policy(&object)
    case "ValidatingAdmissionPolicyBinding": policyBinding(&object)
    default: break
    }
    return object
  }

  private static func daemonSet(_ object: inout JSONValue) {
    guard var spec = object["spec"], case .object = spec else { return }
    if spec["updateStrategy"] == nil { spec["updateStrategy"] = [:] }
    spec["updateStrategy"]?.setDefault("type", "RollingUpdate")
    if spec["updateStrategy"]?["type"] == .some("RollingUpdate") {
      spec["updateStrategy"]?.setDefault("rollingUpdate", [:])
      spec["updateStrategy"]?["rollingUpdate"]?.setDefault("maxUnavailable", 1)
      spec["updateStrategy"]?["rollingUpdate"]?.setDefault("maxSurge", 0)
    }
    spec.setDefault("revisionHistoryLimit", 10)
    if let pod = spec["template"]?["spec"] {
      spec["template"]?["spec"] = PodDefaults.filled(pod, isTemplate: true)
    }
    object["spec"] = spec
  }

  private static let rbac: JSONValue = "rbac.authorization.k8s.io"

  private static func binding(_ object: inout JSONValue) {
    if object["roleRef"]?["apiGroup"] == .some("") { object["roleRef"]?["apiGroup"] = rbac }
    object["roleRef"]?.setDefault("apiGroup", rbac)
    guard case .array(let subjects)? = object["subjects"] else { return }
    object["subjects"] = .array(
      subjects.map { subject in
        var subject = subject
        if ["User", "Group"].contains(subject["kind"]?.string) {
          subject.setDefault("apiGroup", rbac)
        }
        return subject
      })
  }

  private static func policy(_ object: inout JSONValue) {
    object["spec"]?.setDefault("failurePolicy", "Fail")
    guard var match = object["spec"]?["matchConstraints"] else { return }
    fillMatch(&match)
    object["spec"]?["matchConstraints"] = match
  }

  private static func policyBinding(_ object: inout JSONValue) {
    guard var match = object["spec"]?["matchResources"] else { return }
    fillMatch(&match)
    object["spec"]?["matchResources"] = match
  }

  private static func fillMatch(_ match: inout JSONValue) {
    match.setDefault("matchPolicy", "Equivalent")
    match.setDefault("namespaceSelector", [:])
    match.setDefault("objectSelector", [:])
    for list in ["resourceRules", "excludeResourceRules"] {
      guard case .array(let rules)? = match[list] else { continue }
      match[list] = .array(
        rules.map { rule in
          var rule = rule
          rule.setDefault("scope", "*")
          return rule
        })
    }
  }
}

extension JSONValue {
  /// Sets a member that is missing; does nothing to what is not an object.
  mutating func setDefault(_ name: String, _ value: JSONValue) {
    guard case .object(var members) = self, members[name] == nil else { return }
    self = .null
    members[name] = value
    self = .object(members)
  }

  /// Changes every element of a member that is a list.
  mutating func changeElements(_ name: String, _ change: (inout JSONValue) -> Void) {
    guard case .array(var elements)? = self[name] else { return }
    for index in elements.indices { change(&elements[index]) }
    self[name] = .array(elements)
  }
}
