internal import JSON

private let rbac = "rbac.authorization.k8s.io"

/// What init and sync containers may do: read and patch the one map of offsets, nothing else; with
/// one map for each node, make maps too. Nil with a volume of the user's, which needs no permission.
func assembleRole(_ input: DesiredStateInput) -> Manifest? {
  guard let maps = input.values.offsetStorage.maps else { return nil }
  let names = Names(input.release)
  return Manifest(
    apiVersion: "\(rbac)/v1", kind: "Role",
    metadata: ObjectMetadata(names.role, in: input.release),
    content: [
      "rules": [maps.includesNodeMaps ? nodeMapsRule : sharedMapRule(names)]
    ])
}

private func sharedMapRule(_ names: Names) -> JSONValue {
  [
    "apiGroups": [""], "resources": ["configmaps"],
    "resourceNames": [.string(names.offsetsConfigMap)], "verbs": ["get", "patch"],
  ]
}

/// Role rules know no patterns of names; the admission policy does.
private let nodeMapsRule: JSONValue = [
  "apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "get", "patch"],
]

func assembleRoleBinding(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps != nil else { return nil }
  let names = Names(input.release)
  return Manifest(
    apiVersion: "\(rbac)/v1", kind: "RoleBinding",
    metadata: ObjectMetadata(names.roleBinding, in: input.release),
    content: binding(of: "Role", names.role, input))
}

/// What the collector's k8sattributes processor reads: the pods of its node, and replica sets to
/// know the deployment of a pod. Its informers list and watch and never get; neither permission can
/// be limited to a node.
func assembleClusterRole(_ input: DesiredStateInput) -> Manifest {
  Manifest(
    apiVersion: "\(rbac)/v1", kind: "ClusterRole",
    metadata: ObjectMetadata(clusterWide: Names(input.release).clusterRole, input.release),
    content: [
      "rules": [
        ["apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]],
        ["apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["list", "watch"]],
      ]
    ])
}

func assembleClusterRoleBinding(_ input: DesiredStateInput) -> Manifest {
  let names = Names(input.release)
  return Manifest(
    apiVersion: "\(rbac)/v1", kind: "ClusterRoleBinding",
    metadata: ObjectMetadata(clusterWide: names.clusterRoleBinding, input.release),
    content: binding(of: "ClusterRole", names.clusterRole, input))
}

/// Binds a role to the pods' service account.
private func binding(
  of kind: String, _ role: String, _ input: DesiredStateInput
) -> [String: JSONValue] {
  [
    "roleRef": ["apiGroup": .string(rbac), "kind": .string(kind), "name": .string(role)],
    "subjects": [
      [
        "kind": "ServiceAccount", "name": .string(Names(input.release).serviceAccount),
        "namespace": .string(input.release.namespace),
      ]
    ],
  ]
}
