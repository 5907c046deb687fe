internal import FilelogContract
public import FilelogJSON

/// The volume in which init and sync containers link the rotated log files that the collector's
/// receiver is to read on. It dies with the pod, and needs no limit: there are at most 500 linked files.
public func rotatedLogsVolume() -> JSONValue {
  ["name": .string(Contract.RotatedLogs.volumeName), "emptyDir": [:]]
}

/// Where a container finds the links. What they lead to must be mounted too: `nodeLogVolumeMounts`.
/// - Parameter readOnly: for the collector, which only reads.
public func rotatedLogsVolumeMount(readOnly: Bool) -> JSONValue {
  JSONValue.mount(
    Contract.RotatedLogs.volumeName, at: Contract.RotatedLogs.mountPath, readOnly: readOnly)
}
