internal import JSON

/// What the collector's k8sattributes processor reads: the pods of its node, and replica sets to
/// know the deployment of a pod. Its informers list and watch and never get; neither permission can
/// be limited to a node.
func assembleClusterRole(_ input: DesiredStateInput) -> Manifest {
  Manifest(
    apiVersion: "\(RBAC.group)/v1", kind: "ClusterRole",
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
    apiVersion: "\(RBAC.group)/v1", kind: "ClusterRoleBinding",
    metadata: ObjectMetadata(clusterWide: names.clusterRoleBinding, input.release),
    content: RBAC.binding(
      of: "ClusterRole", names.clusterRole, to: names.serviceAccount, in: input.release.namespace))
}
