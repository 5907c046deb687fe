internal import Contract
internal import JSON

/// The volumes of the pod: the offsets, the logs of the node, the collector's configuration.
func assembleCollectorDaemonSetVolumes(_ input: DesiredStateInput) -> [JSONValue] {
  [offsetsVolume(input)] + logVolumes + CollectorConfigFile(input).volumes
}

/// Where the collector keeps its offsets. With a volume of the user's every node has a folder of its
/// own in it, so that nodes can share one.
func filelogReceiverOffsetsVolumeMount(_ input: DesiredStateInput) -> JSONValue {
  switch input.values.offsetStorage {
  case .configMap: mount(Contract.OffsetsVolume.name, at: Contract.OffsetsVolume.mountPath)
  case .volume(let name, _):
    [
      "name": .string(name),
      "mountPath": .string(Contract.OffsetsVolume.mountPath),
      "subPathExpr": .string("$(\(Contract.Variable.nodeName.rawValue))"),
    ]
  }
}

/// The node's logs, read-only.
func logVolumeMounts() -> [JSONValue] {
  [
    mount(VolumeName.podLogs, at: LogPath.pods, readOnly: true),
    mount(VolumeName.dockerContainerLogs, at: LogPath.dockerContainers, readOnly: true),
  ]
}

func mount(_ name: String, at path: String, readOnly: Bool = false) -> JSONValue {
  .object(
    omittingNil: [
      "name": .string(name),
      "mountPath": .string(path),
      "readOnly": readOnly ? true : nil,
    ])
}

private func offsetsVolume(_ input: DesiredStateInput) -> JSONValue {
  switch input.values.offsetStorage {
  case .configMap:
    [
      "name": .string(Contract.OffsetsVolume.name),
      "emptyDir": ["sizeLimit": .string(Contract.OffsetsVolume.sizeLimit)],
    ]
  case .volume(_, let definition): definition
  }
}

/// Where container runtimes keep logs.
enum LogPath {
  static let pods = "/var/log/pods"
  /// With Docker as the runtime the files under `pods` are links to here. On other nodes it does not
  /// exist; the runtime then creates an empty directory, as a host path without a type asks for.
  static let dockerContainers = "/var/lib/docker/containers"
}

private let logVolumes: [JSONValue] = [
  ["name": .string(VolumeName.podLogs), "hostPath": ["path": .string(LogPath.pods)]],
  [
    "name": .string(VolumeName.dockerContainerLogs),
    "hostPath": ["path": .string(LogPath.dockerContainers)],
  ],
]
