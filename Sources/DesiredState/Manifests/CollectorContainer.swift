internal import FilelogContract
internal import FilelogJSON

/// The OpenTelemetry Collector itself.
func collectorContainer(_ input: DesiredStateInput) -> Container {
  let configuration = CollectorConfigFile(input)
  return Container(
    name: Contract.ContainerName.collector,
    image: input.values.images.collector,
    command: input.values.images.collectorProgram.command,
    arguments: ["--config=file:\(CollectorConfigFile.path)"]
      + CollectorConfiguration(input).featureGates,
    environment: collectorEnvironment(input).map(\.json),
    resources: input.values.resources.collector.json,
    volumeMounts: [configuration.mount, filelogReceiverOffsetsVolumeMount(input)]
      + (input.values.rotatedFiles == .links ? [rotatedLogsVolumeMount(readOnly: true)] : [])
      + nodeLogVolumeMounts(input),
    securityContext: containerSecurityContext(input),
    extra: collectorProbes(input.values.probes))
}

private func collectorEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  var environment = [
    EnvironmentVariable.nodeName,
    EnvironmentVariable("K8S_POD_IP", .podField("status.podIP")),
    EnvironmentVariable(Contract.Variable.podName.rawValue, .podField("metadata.name")),
    EnvironmentVariable(Contract.Variable.podUID.rawValue, .podField("metadata.uid")),
  ]
  if let limit = input.values.resources.collector.goMemoryLimit {
    environment.append(EnvironmentVariable("GOMEMLIMIT", .text(limit)))
  }
  return environment + Credentials(input).environment
}

/// The health_check extension answers at `/` on its usual port.
private func collectorProbes(_ probes: Probes) -> [String: JSONValue] {
  let all = [
    "livenessProbe": probes.liveness, "readinessProbe": probes.readiness,
    "startupProbe": probes.startup,
  ]
  return all.compactMapValues { probe in
    guard let probe else { return nil }
    var members = probe.settings.mapValues(JSONValue.integer)
    members["httpGet"] = ["path": "/", "port": 13133]
    return .object(members)
  }
}
