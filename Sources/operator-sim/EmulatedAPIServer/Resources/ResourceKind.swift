/// One kind of object that the emulator keeps: what discovery tells about it.
struct ResourceKind: Hashable, Sendable {
  /// Empty for the core group.
  var group = ""
  /// `configmaps`
  let plural: String
  let kind: String
  var isNamespaced = true
  var shortNames: [String] = []
  var categories: [String] = []
  /// Subresources that are served: `status`, `token`.
  var subresources: [String] = []

  var version: String { "v1" }
  var singular: String { kind.lowercased() }
  /// The full name of its type in the schema.
  var typeName: String { "io.k8s.api.\(package).v1.\(kind)" }
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
    .init(plural: "configmaps", kind: "ConfigMap", shortNames: ["cm"]),
    .init(plural: "events", kind: "Event", shortNames: ["ev"]),
    .init(
      plural: "namespaces", kind: "Namespace", isNamespaced: false, shortNames: ["ns"],
      subresources: ["status"]),
    .init(
      plural: "nodes", kind: "Node", isNamespaced: false, shortNames: ["no"],
      subresources: ["status"]),
    .init(
      plural: "pods", kind: "Pod", shortNames: ["po"], categories: ["all"],
      subresources: ["status"]),
    .init(plural: "secrets", kind: "Secret"),
    .init(
      plural: "serviceaccounts", kind: "ServiceAccount", shortNames: ["sa"],
      subresources: ["token"]),
    .init(
      plural: "services", kind: "Service", shortNames: ["svc"], categories: ["all"],
      subresources: ["status"]),
    .init(
      group: "apps", plural: "daemonsets", kind: "DaemonSet", shortNames: ["ds"],
      categories: ["all"], subresources: ["status"]),
    .init(
      group: rbac, plural: "clusterrolebindings", kind: "ClusterRoleBinding", isNamespaced: false),
    .init(group: rbac, plural: "clusterroles", kind: "ClusterRole", isNamespaced: false),
    .init(group: rbac, plural: "rolebindings", kind: "RoleBinding"),
    .init(group: rbac, plural: "roles", kind: "Role"),
    .init(
      group: admission, plural: "validatingadmissionpolicies", kind: "ValidatingAdmissionPolicy",
      isNamespaced: false, categories: ["api-extensions"], subresources: ["status"]),
    .init(
      group: admission, plural: "validatingadmissionpolicybindings",
      kind: "ValidatingAdmissionPolicyBinding", isNamespaced: false,
      categories: ["api-extensions"]),
  ]

  private static let rbac = "rbac.authorization.k8s.io"
  private static let admission = "admissionregistration.k8s.io"

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
  static let groups = ["apps", rbac, admission]
}
