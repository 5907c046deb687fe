internal import FilelogJSON

/// What init and sync containers may do: read and patch the one map of offsets, nothing else; with
/// one map for each node, make maps too.
/// - Parameters:
///   - metadata: of the role.
///   - configMapName: the map that all nodes share.
///   - includesNodeMaps: whether sync containers make maps of their own, or did until now.
public func assembleFilelogOffsetsRole(
  _ metadata: ObjectMetadata, configMapName: String, includesNodeMaps: Bool = false
) -> Manifest {
  Manifest(
    apiVersion: "\(RBAC.group)/v1", kind: "Role", metadata: metadata,
    content: ["rules": [includesNodeMaps ? nodeMapsRule : sharedMapRule(configMapName)]])
}

private func sharedMapRule(_ name: String) -> JSONValue {
  [
    "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [.string(name)],
    "verbs": ["get", "patch"],
  ]
}

/// Role rules know no patterns of names; the admission policy does.
private let nodeMapsRule: JSONValue = [
  "apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "get", "patch"],
]

/// Binds a role of offsets to the pods' service account.
/// - Parameters:
///   - metadata: of the binding.
///   - role: the name of the role, in the namespace of `metadata`.
///   - serviceAccount: the name of the account.
///   - namespace: the account's.
public func assembleFilelogOffsetsRoleBinding(
  _ metadata: ObjectMetadata, role: String, serviceAccount: String, namespace: String
) -> Manifest {
  Manifest(
    apiVersion: "\(RBAC.group)/v1", kind: "RoleBinding", metadata: metadata,
    content: RBAC.binding(of: "Role", role, to: serviceAccount, in: namespace))
}

/// What all bindings share.
enum RBAC {
  static let group = "rbac.authorization.k8s.io"

  static func binding(
    of kind: String, _ role: String, to account: String, in namespace: String
  ) -> [String: JSONValue] {
    [
      "roleRef": ["apiGroup": .string(group), "kind": .string(kind), "name": .string(role)],
      "subjects": [
        [
          "kind": "ServiceAccount", "name": .string(account), "namespace": .string(namespace),
        ]
      ],
    ]
  }
}
