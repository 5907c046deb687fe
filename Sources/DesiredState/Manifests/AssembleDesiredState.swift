/// All objects that the operator wants to exist, in the order in which they are applied: whatever an
/// object refers to stands before it. None where there is nothing to collect for
/// (``DesiredStateInput/rendersCollector``).
///
/// Pure: equal inputs give equal manifests, byte for byte.
public func assembleDesiredState(_ input: DesiredStateInput) -> [Manifest] {
  guard input.rendersCollector else { return [] }
  return assembleReleaseObjects(input)
}

/// The objects of a release, also where an operator would not make them: what is to be looked for when
/// a release is removed. Objects that only some values ask for are among them only with such values.
public func assembleReleaseObjects(_ input: DesiredStateInput) -> [Manifest] {
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
  return objects.compactMap { $0 }.map { manifest in
    manifest.adding(
      annotations: input.annotations,
      // An object of the whole cluster cannot have an owner in a namespace.
      ownerReferences: manifest.namespace == nil ? [] : input.ownerReference.map { [$0] } ?? [])
  }
}
