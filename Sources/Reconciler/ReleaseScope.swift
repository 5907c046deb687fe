internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Whose objects are looked after: one release in one namespace.
public struct ReleaseScope: Hashable, Sendable {
  /// The name of the Helm release.
  public let release: String
  /// The operator's own namespace.
  public let namespace: String
  /// The name under which the API server notes what is applied. Keep to it: what was applied under
  /// another name is another's.
  public let fieldManager: String

  /// That release there.
  public init(release: String, namespace: String, fieldManager: String) {
    self.release = release
    self.namespace = namespace
    self.fieldManager = fieldManager
  }

  /// The manager that applies.
  var owner: FieldOwner { FieldOwner(manager: fieldManager) }

  /// What every object of the release carries.
  var labels: [String: String] { Contract.releaseLabels(release: release) }

  func hasReleaseLabels(_ object: JSONValue) -> Bool {
    let live = object.labels
    return labels.allSatisfy { live?[$0]?.string == $1 }
  }

  /// What a config map has to do with offsets.
  enum OffsetsMap {
    /// The one that all nodes share.
    case shared
    /// One of a single node, or a part of one, made by its sidecar.
    case perNode
  }

  /// Nil for everything that holds no offsets.
  func offsetsMap(_ reference: ObjectReference) -> OffsetsMap? {
    guard reference.type.kind == "ConfigMap", reference.namespace == namespace else { return nil }
    if reference.name == Contract.offsetsConfigMapName(release: release) { return .shared }
    let prefixes = [
      Contract.NodeMap.prefix(release: release), Contract.NodeMap.partPrefix(release: release),
      Contract.NodeMap.differencePrefix(release: release),
    ]
    return prefixes.contains { reference.name.hasPrefix($0) } ? .perNode : nil
  }

  /// Whether an object with the release's labels can be this namespace's. Releases of one name may
  /// live in several namespaces; the names of policies, which are the whole cluster's, begin with
  /// theirs.
  func mayOwn(_ reference: ObjectReference) -> Bool {
    guard reference.type.kind.hasPrefix("ValidatingAdmissionPolicy") else { return true }
    return reference.name.hasPrefix("\(namespace).")
  }

  /// The types that objects of a release may have, those first that are to be deleted first: what
  /// refers to others goes before them, and permissions before the policy that limits them.
  static let types: [ResourceType] = [
    "DaemonSet", "Service", "NetworkPolicy", "ClusterRoleBinding", "ClusterRole", "RoleBinding",
    "Role", "ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "Secret",
    "ConfigMap", "ServiceAccount",
  ].compactMap(ResourceType.named)
}
