internal import FilelogContract

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
    [
      podLogs, dockerContainerLogs, collectorConfig, compressedConfig,
      Contract.RotatedLogs.volumeName,
    ].contains(name) || name.hasPrefix(extraLogsPrefix)
  }
}
