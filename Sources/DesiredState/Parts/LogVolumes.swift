public import JSON

/// The node's log files, as volumes of a pod.
public func nodeLogVolumes() -> [JSONValue] {
  [
    ["name": .string(VolumeName.podLogs), "hostPath": ["path": .string(LogPath.pods)]],
    [
      "name": .string(VolumeName.dockerContainerLogs),
      "hostPath": ["path": .string(LogPath.dockerContainers)],
    ],
  ]
}

/// Where a container finds the node's log files, read-only.
public func nodeLogVolumeMounts() -> [JSONValue] {
  [
    JSONValue.mount(VolumeName.podLogs, at: LogPath.pods, readOnly: true),
    JSONValue.mount(VolumeName.dockerContainerLogs, at: LogPath.dockerContainers, readOnly: true),
  ]
}
