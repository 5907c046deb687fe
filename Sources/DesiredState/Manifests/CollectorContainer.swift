internal import Contract
internal import JSON

/// The OpenTelemetry Collector itself.
func collectorContainer(_ input: DesiredStateInput) -> Container {
  let configuration = CollectorConfigFile(input)
  return Container(
    name: Contract.ContainerName.collector,
    image: input.values.images.collector,
    command: collectorCommand(input.values.images.collector),
    arguments: ["--config=file:\(CollectorConfigFile.path)"]
      + CollectorConfiguration(input).featureGates,
    environment: collectorEnvironment(input).map(\.json),
    resources: input.values.collectorResources.json,
    volumeMounts: [configuration.mount, filelogReceiverOffsetsVolumeMount(input)]
      + (input.values.collector.rotatedFiles == .links
        ? [rotatedLogsVolumeMount(readOnly: true)] : []) + nodeLogVolumeMounts(),
    extra: collectorProbes(input.values.probes))
}

/// The entry point of upstream's image is a shell that starts the collector in the background. As
/// the first process of a container it ignores SIGTERM, so the collector would never hear of it: it
/// would be killed at the end of the grace period, without a last checkpoint and without sending
/// what it holds. Its images are therefore started without the shell; those of other makers have
/// the collector itself as their entry point.
private func collectorCommand(_ image: ContainerImage) -> [String] {
  image.repository.hasSuffix("/collector") ? ["/otelcol"] : []
}

private func collectorEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  var environment = [
    EnvironmentVariable.nodeName,
    EnvironmentVariable("K8S_POD_IP", .podField("status.podIP")),
    EnvironmentVariable(Contract.Variable.podName.rawValue, .podField("metadata.name")),
    EnvironmentVariable(Contract.Variable.podUID.rawValue, .podField("metadata.uid")),
  ]
  if let limit = input.values.collectorResources.goMemoryLimit {
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
