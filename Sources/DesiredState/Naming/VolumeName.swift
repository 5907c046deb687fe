/// The names of the pod's volumes, beside that of the offsets.
enum VolumeName {
  static let podLogs = "node-pod-logs"
  static let dockerContainerLogs = "node-docker-container-logs"
  static let collectorConfig = "opentelemetry-collector-configmap"
  static let compressedConfig = "opentelemetry-collector-configmap-compressed"

  /// Of the directories that log files are links to besides.
  static func extraLogs(_ index: Int) -> String { "\(extraLogsPrefix)\(index)" }

  private static let extraLogsPrefix = "node-extra-logs-"

  /// Names that a volume of the user's must not have.
  static func isReserved(_ name: String) -> Bool {
    [podLogs, dockerContainerLogs, collectorConfig, compressedConfig].contains(name)
      || name.hasPrefix(extraLogsPrefix)
  }
}

/// Where container runtimes keep logs.
enum LogPath {
  static let pods = "/var/log/pods"
  /// With Docker as the runtime the files under `pods` are links to here. On other nodes it does not
  /// exist; the runtime then creates an empty directory, as a host path without a type asks for.
  static let dockerContainers = "/var/lib/docker/containers"
}
