public import FilelogJSON

/// The volumes of the pod: the offsets, links to rotated logs, the logs of the node, the collector's configuration.
public func assembleCollectorDaemonSetVolumes(_ input: DesiredStateInput) -> [JSONValue] {
  [filelogReceiverOffsetsVolume(input)]
    + (input.values.rotatedFiles == .links ? [rotatedLogsVolume()] : [])
    + nodeLogVolumes(
      includesDocker: !input.values.isAutopilot,
      extraDirectories: input.values.logs.extraDirectories)
    + CollectorConfigFile(input).volumes
}

/// Where the collector finds the node's log files.
func nodeLogVolumeMounts(_ input: DesiredStateInput) -> [JSONValue] {
  nodeLogVolumeMounts(
    includesDocker: !input.values.isAutopilot,
    extraDirectories: input.values.logs.extraDirectories)
}

/// With what the user adds.
func podSecurityContext(_ input: DesiredStateInput) -> JSONValue {
  let own = SecurityContext.pod(sysctls: input.values.scheduling.sysctls)
  return .object((own.object ?? [:]).merging(input.values.securityContexts.pod) { $1 })
}

/// With what the user adds.
func containerSecurityContext(_ input: DesiredStateInput) -> JSONValue {
  let own = containerSecurityContext()
  return .object((own.object ?? [:]).merging(input.values.securityContexts.containers) { $1 })
}
