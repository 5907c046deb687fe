internal import Contract

/// Hands this node's folder on a volume of the user's to the collector's user: file systems of
/// volumes often belong to root. The image's own entry point does it.
func volumeOwnershipContainer(_ input: DesiredStateInput) -> Container {
  Container(
    name: Contract.ContainerName.volumeOwnership,
    image: input.values.images.volumeOwnership,
    // The path of the mount is made from it.
    environment: [.nodeName],
    volumeMounts: [filelogReceiverOffsetsVolumeMount(input)],
    securityContext: SecurityContext.volumeOwnership)
}

extension EnvironmentVariable {
  static let nodeName = EnvironmentVariable(
    Contract.Variable.nodeName.rawValue, .podField("spec.nodeName"))
}
