internal import Contract
public import JSON

/// The node's log files, as volumes of a pod.
public func nodeLogVolumes() -> [JSONValue] {
  [
    [
      "name": .string(VolumeName.podLogs),
      "hostPath": ["path": .string(Contract.LogDirectory.pods)],
    ],
    [
      "name": .string(VolumeName.dockerContainerLogs),
      "hostPath": ["path": .string(Contract.LogDirectory.docker)],
    ],
  ]
}

/// Where a container finds the node's log files, read-only.
public func nodeLogVolumeMounts() -> [JSONValue] {
  [
    JSONValue.mount(VolumeName.podLogs, at: Contract.LogDirectory.pods, readOnly: true),
    JSONValue.mount(
      VolumeName.dockerContainerLogs, at: Contract.LogDirectory.docker, readOnly: true),
  ]
}
