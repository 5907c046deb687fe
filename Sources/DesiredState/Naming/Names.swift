internal import FilelogContract

/// The names of all objects, as upstream's operator forms them.
///
/// The longest suffix has 40 characters; with a release name of at most 53 every name stays far
/// below Kubernetes' 253, and pods' host names are cut by the kubelet itself.
struct Names {
  let serviceAccount: String
  let role: String
  let roleBinding: String
  let clusterRole: String
  let clusterRoleBinding: String
  let collectorConfigMap: String
  let offsetsConfigMap: String
  let admissionPolicy: String
  let secret: String
  let daemonSet: String

  init(_ release: Release) {
    let prefix = "\(release.name)-opentelemetry-collector"
    serviceAccount = "\(prefix)-sa"
    role = "\(prefix)-role"
    roleBinding = "\(prefix)-rolebinding"
    clusterRole = "\(prefix)-cr"
    clusterRoleBinding = "\(prefix)-crb"
    collectorConfigMap = "\(prefix)-agent-cm"
    offsetsConfigMap = Contract.offsetsConfigMapName(release: release.name)
    // Two releases of one name may live in two namespaces, whose names hold no dots.
    admissionPolicy = "\(release.namespace).\(release.name)-filelogoffsets"
    secret = "\(prefix)-agent-secret"
    daemonSet = "\(prefix)-agent-daemonset"
  }
}
