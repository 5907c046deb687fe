internal import FilelogJSON

/// What the collector's processors read, and no more: pods of its node for k8sattributes; replica sets
/// and jobs for the deployment and the cron job that a pod belongs to; namespaces and nodes for their
/// ids and labels, nodes also for the detector k8snode; and on EKS the map that names the cluster.
/// Informers list and watch, and never get. None of it can be limited to a node.
func assembleClusterRole(_ input: DesiredStateInput) -> Manifest {
  let core: JSONValue = [
    "apiGroups": [""], "resources": ["namespaces", "nodes", "pods"], "verbs": ["list", "watch"],
  ]
  let node: JSONValue = ["apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]]
  let replicaSets: JSONValue = [
    "apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["list", "watch"],
  ]
  let jobs: JSONValue = [
    "apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list", "watch"],
  ]
  let clusterOfEKS: JSONValue = [
    "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["aws-auth"],
    "verbs": ["get"],
  ]
  let rules =
    [core, node] + (input.values.collector.avoidsReplicaSets ? [] : [replicaSets]) + [
      jobs, clusterOfEKS,
    ]
  return Manifest(
    apiVersion: "\(RBAC.group)/v1", kind: "ClusterRole",
    metadata: ObjectMetadata(clusterWide: Names(input.release).clusterRole, input.release),
    content: ["rules": .array(rules)])
}

func assembleClusterRoleBinding(_ input: DesiredStateInput) -> Manifest {
  let names = Names(input.release)
  return Manifest(
    apiVersion: "\(RBAC.group)/v1", kind: "ClusterRoleBinding",
    metadata: ObjectMetadata(clusterWide: names.clusterRoleBinding, input.release),
    content: RBAC.binding(
      of: "ClusterRole", names.clusterRole, to: names.serviceAccount, in: input.release.namespace))
}
