internal import FilelogContract
public import FilelogJSON

/// Brings the stored offsets of this node onto the volume before the collector starts.
public func filelogOffsetInitContainer(_ settings: OffsetSyncSettings) -> JSONValue {
  offsetSyncContainer(
    Contract.ContainerName.initialize, Contract.Arguments.initialize, settings
  ).json
}

/// Stores the offsets of this node whenever they have changed, and a last time at the end.
///
/// A native sidecar stands among the pod's init containers, after ``filelogOffsetInitContainer(_:)``.
public func filelogOffsetSyncContainer(_ settings: OffsetSyncSettings) -> JSONValue {
  var container = offsetSyncContainer(
    Contract.ContainerName.sync, Contract.Arguments.sync, settings)
  if settings.isNativeSidecar {
    // The kubelet then stops it after the collector, which is the order that loses nothing.
    container.extra["restartPolicy"] = "Always"
  }
  return container.json
}

private func offsetSyncContainer(
  _ name: String, _ arguments: [String], _ settings: OffsetSyncSettings
) -> Container {
  Container(
    name: name, image: settings.image, arguments: arguments,
    environment: settings.environment, resources: settings.resources,
    volumeMounts: settings.volumeMounts, securityContext: settings.securityContext)
}
