/// One kind of object that the emulator keeps: what discovery tells about it.
struct ResourceKind: Hashable, Sendable {
  /// Empty for the core group.
  let group: String
  let version: String
  /// `configmaps`
  let plural: String
  let singular: String
  let kind: String
  let isNamespaced: Bool
  let shortNames: [String]
  let categories: [String]
  /// The full name of its type in the schema.
  let typeName: String
  /// Subresources that are served: `status`, `token`.
  let subresources: [String]

  /// `v1` or `apps/v1`
  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// `configmaps` or `daemonsets.apps`
  var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
  /// `ConfigMap` or `DaemonSet.apps`
  var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }

  /// What the API server's own code calls the group.
  var package: String { group.isEmpty ? "core" : String(group.prefix { $0 != "." }) }

  var type: ObjectType { Schema.kubernetes[typeName] }

  /// Subresources that a real API server has and the emulator has not.
  var otherSubresources: [String] {
    switch kind {
    case "Pod":
      [
        "attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward",
        "proxy", "resize",
      ]
    case "Node", "Service": ["proxy"]
    case "Namespace": ["finalize"]
    default: []
    }
  }

  /// PUT creates what is missing.
  var createsOnUpdate: Bool { group == "rbac.authorization.k8s.io" }
  /// PUT without a resourceVersion overwrites whatever is there.
  var allowsUnconditionalUpdate: Bool { group != "admissionregistration.k8s.io" }
  /// Verbs of the collection and of its objects.
  var verbs: [String] {
    let all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    // Namespaces cannot be deleted all at once.
    return kind == "Namespace" ? all.filter { $0 != "deletecollection" } : all
  }
  /// The server counts changes of the desired state in `metadata.generation`.
  var countsGenerations: Bool {
    ["DaemonSet", "Pod", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
      .contains(kind)
  }
}

/// Every kind that the emulator keeps.
enum ResourceRegistry {
  static let all: [ResourceKind] = [
    core("configmaps", "ConfigMap", short: ["cm"]),
    core("events", "Event", short: ["ev"]),
    core("namespaces", "Namespace", short: ["ns"], isNamespaced: false, subresources: ["status"]),
    core("nodes", "Node", short: ["no"], isNamespaced: false, subresources: ["status"]),
    core("pods", "Pod", short: ["po"], categories: ["all"], subresources: ["status"]),
    core("secrets", "Secret"),
    core("serviceaccounts", "ServiceAccount", short: ["sa"], subresources: ["token"]),
    core("services", "Service", short: ["svc"], categories: ["all"], subresources: ["status"]),
    ResourceKind(
      group: "apps", version: "v1", plural: "daemonsets", singular: "daemonset", kind: "DaemonSet",
      isNamespaced: true, shortNames: ["ds"], categories: ["all"],
      typeName: "io.k8s.api.apps.v1.DaemonSet", subresources: ["status"]),
    rbac("clusterrolebindings", "ClusterRoleBinding", isNamespaced: false),
    rbac("clusterroles", "ClusterRole", isNamespaced: false),
    rbac("rolebindings", "RoleBinding", isNamespaced: true),
    rbac("roles", "Role", isNamespaced: true),
    admission("validatingadmissionpolicies", "ValidatingAdmissionPolicy", ["status"]),
    admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", []),
  ]

  static func find(group: String, version: String, plural: String) -> ResourceKind? {
    all.first { $0.group == group && $0.version == version && $0.plural == plural }
  }

  static func find(apiVersion: String, kind: String) -> ResourceKind? {
    all.first { $0.apiVersion == apiVersion && $0.kind == kind }
  }

  static func named(_ plural: String) -> ResourceKind {
    guard let found = all.first(where: { $0.plural == plural }) else {
      preconditionFailure("no resource \(plural)")
    }
    return found
  }

  /// The groups in the order of discovery, without the core group.
  static let groups = ["apps", "rbac.authorization.k8s.io", "admissionregistration.k8s.io"]

  private static func core(
    _ plural: String, _ kind: String, short: [String] = [], categories: [String] = [],
    isNamespaced: Bool = true, subresources: [String] = []
  ) -> ResourceKind {
    ResourceKind(
      group: "", version: "v1", plural: plural, singular: kind.lowercased(), kind: kind,
      isNamespaced: isNamespaced, shortNames: short, categories: categories,
      typeName: "io.k8s.api.core.v1.\(kind)", subresources: subresources)
  }

  private static func rbac(_ plural: String, _ kind: String, isNamespaced: Bool) -> ResourceKind {
    ResourceKind(
      group: "rbac.authorization.k8s.io", version: "v1", plural: plural,
      singular: kind.lowercased(), kind: kind, isNamespaced: isNamespaced, shortNames: [],
      categories: [], typeName: "io.k8s.api.rbac.v1.\(kind)", subresources: [])
  }

  private static func admission(
    _ plural: String, _ kind: String, _ subresources: [String]
  ) -> ResourceKind {
    ResourceKind(
      group: "admissionregistration.k8s.io", version: "v1", plural: plural,
      singular: kind.lowercased(), kind: kind, isNamespaced: false, shortNames: [],
      categories: ["api-extensions"], typeName: "io.k8s.api.admissionregistration.v1.\(kind)",
      subresources: subresources)
  }
}
