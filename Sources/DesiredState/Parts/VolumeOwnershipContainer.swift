internal import FilelogContract
public import FilelogJSON

/// Hands this node's directory on a volume of the user's to the collector's user: file systems of
/// volumes often belong to root. The image's own entry point does it.
/// - Parameters:
///   - image: upstream's `filelog-offset-volume-ownership`, or one that does the same.
///   - mount: of the offsets' volume, as the collector's container has it.
///   - resources: nil: neither requests nor limits.
public func volumeOwnershipContainer(
  image: ContainerImage, mount: JSONValue, resources: JSONValue? = nil
) -> JSONValue {
  Container(
    name: Contract.ContainerName.volumeOwnership, image: image,
    // The path of the mount is made from it.
    environment: [EnvironmentVariable.nodeName.json], resources: resources,
    volumeMounts: [mount], securityContext: SecurityContext.volumeOwnership
  ).json
}

extension EnvironmentVariable {
  static let nodeName = EnvironmentVariable(
    Contract.Variable.nodeName.rawValue, .podField("spec.nodeName"))
}
