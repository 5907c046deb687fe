/// All objects that the operator wants to exist, in the order in which they are applied: whatever an
/// object refers to stands before it.
///
/// Pure: equal inputs give equal manifests, byte for byte.
public func assembleDesiredState(_ input: DesiredStateInput) -> [Manifest] {
  let objects: [Manifest?] = [
    assembleServiceAccount(input),
    assembleSecret(input),
    assembleFilelogOffsetsConfigMap(input),
    assembleCollectorConfigMap(input),
    assembleRole(input),
    assembleRoleBinding(input),
    assembleClusterRole(input),
    assembleClusterRoleBinding(input),
    assembleAdmissionPolicy(input),
    assembleAdmissionPolicyBinding(input),
    assembleCollectorDaemonSet(input),
  ]
  return objects.compactMap { $0 }
}
