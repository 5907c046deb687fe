internal import FilelogContract
public import FilelogJSON

/// The node's log files, as volumes of a pod.
/// - Parameters:
///   - includesDocker: with Docker as the runtime, log files are links to its directory. GKE Autopilot
///     refuses to mount it.
///   - extraDirectories: further directories that log files are links to.
public func nodeLogVolumes(
  includesDocker: Bool = true, extraDirectories: [String] = []
) -> [JSONValue] {
  logDirectories(includesDocker, extraDirectories).map { name, path in
    ["name": .string(name), "hostPath": ["path": .string(path)]]
  }
}

/// Where a container finds the node's log files: at the same paths, read-only.
public func nodeLogVolumeMounts(
  includesDocker: Bool = true, extraDirectories: [String] = []
) -> [JSONValue] {
  logDirectories(includesDocker, extraDirectories).map { name, path in
    .mount(name, at: path, readOnly: true)
  }
}

private func logDirectories(
  _ includesDocker: Bool, _ extraDirectories: [String]
) -> [(name: String, path: String)] {
  [(VolumeName.podLogs, Contract.LogDirectory.pods)]
    + (includesDocker ? [(VolumeName.dockerContainerLogs, Contract.LogDirectory.docker)] : [])
    + extraDirectories.enumerated().map { (VolumeName.extraLogs($0), $1) }
}
