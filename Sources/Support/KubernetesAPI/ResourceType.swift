/// One kind of object as the API server serves it: what its paths are made of.
public struct ResourceType: Hashable, Sendable {
  /// Empty for the core group.
  public let group: String
  /// `v1`
  public let version: String
  /// `configmaps`
  public let plural: String
  /// `ConfigMap`
  public let kind: String
  /// Whether its objects stand in namespaces; otherwise they are the whole cluster's.
  public let isNamespaced: Bool

  /// A type with these parts.
  public init(
    group: String, version: String, plural: String, kind: String, isNamespaced: Bool
  ) {
    self.group = group
    self.version = version
    self.plural = plural
    self.kind = kind
    self.isNamespaced = isNamespaced
  }

  /// Whether every API server has it: one that answers 404 to a list of these is something else.
  public var isServedByAll: Bool { group.isEmpty || group == "apps" }

  /// `v1` or `apps/v1`
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// As kubectl names it before a slash: `configmap` or `daemonset.apps`.
  public var title: String {
    group.isEmpty ? kind.lowercased() : "\(kind.lowercased()).\(group)"
  }

  /// The path of the collection, in a namespace or in all of them.
  public func path(namespace: String?) -> String {
    let root =
      group.isEmpty ? APIRequest.path("api", version) : APIRequest.path("apis", group, version)
    guard let namespace else { return root + APIRequest.path(plural) }
    return root + APIRequest.path("namespaces", namespace, plural)
  }

  /// The kinds that manifests and simulations have to do with.
  public static let known: [ResourceType] = [
    core("namespaces", "Namespace", isNamespaced: false),
    core("nodes", "Node", isNamespaced: false),
    core("pods", "Pod"),
    core("configmaps", "ConfigMap"),
    core("secrets", "Secret"),
    core("services", "Service"),
    core("serviceaccounts", "ServiceAccount"),
    grouped("apps", "daemonsets", "DaemonSet"),
    grouped(rbac, "roles", "Role"),
    grouped(rbac, "rolebindings", "RoleBinding"),
    grouped(rbac, "clusterroles", "ClusterRole", isNamespaced: false),
    grouped(rbac, "clusterrolebindings", "ClusterRoleBinding", isNamespaced: false),
    grouped("networking.k8s.io", "networkpolicies", "NetworkPolicy"),
    grouped(
      admission, "validatingadmissionpolicies", "ValidatingAdmissionPolicy", isNamespaced: false),
    grouped(
      admission, "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding",
      isNamespaced: false),
  ]

  /// The known type of that kind; nil when there is none.
  public static func named(_ kind: String) -> ResourceType? { known.first { $0.kind == kind } }

  private static let rbac = "rbac.authorization.k8s.io"
  private static let admission = "admissionregistration.k8s.io"

  private static func core(
    _ plural: String, _ kind: String, isNamespaced: Bool = true
  ) -> ResourceType {
    ResourceType(
      group: "", version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
  }

  private static func grouped(
    _ group: String, _ plural: String, _ kind: String, isNamespaced: Bool = true
  ) -> ResourceType {
    ResourceType(
      group: group, version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
  }
}

/// One object of a cluster.
public struct ObjectReference: Hashable, Sendable, CustomStringConvertible {
  /// What it is.
  public let type: ResourceType
  /// Nil for objects of the whole cluster.
  public let namespace: String?
  /// Unique within its type and namespace.
  public let name: String

  /// The object of that name; the namespace is left out for types of the whole cluster.
  public init(_ type: ResourceType, namespace: String?, name: String) {
    self.type = type
    self.namespace = type.isNamespaced ? namespace : nil
    self.name = name
  }

  /// From the server's root.
  public var path: String { type.path(namespace: namespace) + APIRequest.path(name) }

  /// As kubectl names it: `daemonset.apps/agent`.
  public var description: String { "\(type.title)/\(name)" }
}
