public import JSON

/// The volumes of the pod: the offsets, links to rotated logs, the logs of the node, the collector's configuration.
public func assembleCollectorDaemonSetVolumes(_ input: DesiredStateInput) -> [JSONValue] {
  let links = input.values.collector.rotatedFiles == .links ? [rotatedLogsVolume()] : []
  return [filelogReceiverOffsetsVolume(input)] + links + nodeLogVolumes()
    + CollectorConfigFile(input).volumes
}
