internal import FilelogContract

/// The directories that stand for one node's disk.
///
/// The paths are the same for every life of a pod on the node: upstream's sidecar stores absolute
/// names.
struct NodeDirectories {
  /// What `hostPath` volumes show.
  let host: String
  /// Volumes that live as long as a pod, by name.
  let volumes: String
  let serviceAccount: String
  /// Output of the containers.
  let logs: String

  init(workDirectory: String, node: String) throws {
    let root = "\(workDirectory)/\(node)"
    host = root
    volumes = root + "/var/lib/kubelet/volumes"
    serviceAccount = root + "/var/lib/kubelet/serviceaccount"
    logs = root + "/logs"
    for directory in [volumes, serviceAccount, logs, podLogs] { try Files.makeDirectory(directory) }
  }

  /// Where container runtimes write the logs of all pods.
  var podLogs: String { host + Contract.LogDirectory.pods }
}
