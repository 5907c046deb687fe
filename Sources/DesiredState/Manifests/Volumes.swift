public import JSON

/// The volumes of the pod: the offsets, the logs of the node, the collector's configuration.
public func assembleCollectorDaemonSetVolumes(_ input: DesiredStateInput) -> [JSONValue] {
  [filelogReceiverOffsetsVolume(input)] + nodeLogVolumes() + CollectorConfigFile(input).volumes
}
