internal import FilelogContract
internal import FilelogJSON

/// One collector pod on every node.
func assembleCollectorDaemonSet(_ input: DesiredStateInput) -> Manifest {
  let names = Names(input.release)
  var metadata = ObjectMetadata(
    names.daemonSet, in: input.release,
    labels: Labels.daemonSet(input.release, users: input.values.daemonSetMetadata.labels))
  metadata.annotations = input.values.daemonSetMetadata.annotations
  return Manifest(
    apiVersion: "apps/v1", kind: "DaemonSet", metadata: metadata,
    content: [
      "spec": [
        "selector": ["matchLabels": .texts(Labels.selector(input.release))],
        "template": ["metadata": podMetadata(input), "spec": podSpec(input)],
        "updateStrategy": input.values.updateStrategy,
      ]
    ])
}

private func podMetadata(_ input: DesiredStateInput) -> JSONValue {
  var annotations = input.values.podMetadata.annotations
  // Not all pods have the collector as their first container.
  annotations[Labels.defaultContainer] =
    annotations[Labels.defaultContainer] ?? Contract.ContainerName.collector
  annotations[Labels.configChecksum] = CollectorConfigFile(input).checksum
  return [
    "labels": .texts(
      Labels.pod(input.release, users: input.values.podMetadata.labels)
        .merging(input.values.isAutopilot ? Labels.autopilotAllowlist : [:]) { $1 }),
    "annotations": .texts(annotations),
  ]
}

private func podSpec(_ input: DesiredStateInput) -> JSONValue {
  let containers = podContainers(input)
  let scheduling = input.values.scheduling
  return .object(
    omittingNil: [
      "serviceAccountName": .string(Names(input.release).serviceAccount),
      "securityContext": podSecurityContext(input),
      "terminationGracePeriodSeconds": .integer(input.values.timing.gracePeriodSeconds),
      "initContainers": .list(containers.initial),
      "containers": .array(containers.regular),
      "volumes": .array(assembleCollectorDaemonSetVolumes(input)),
      "imagePullSecrets": .list(
        input.values.imagePullSecrets.map { ["name": .string($0)] }),
      "affinity": scheduling.nodeAffinity.map { ["nodeAffinity": $0] },
      "tolerations": .list(scheduling.tolerations),
      "priorityClassName": scheduling.priorityClassName.map(JSONValue.string),
    ])
}

/// The containers in the order in which the kubelet starts them.
private func podContainers(
  _ input: DesiredStateInput
) -> (initial: [JSONValue], regular: [JSONValue]) {
  var initial: [JSONValue] = []
  var regular = [collectorContainer(input).json]
  switch input.values.offsetStorage {
  case .volume: initial.append(volumeOwnershipContainer(input))
  case .configMap:
    let settings = OffsetSyncSettings(input)
    initial.append(filelogOffsetInitContainer(settings))
    let sync = filelogOffsetSyncContainer(settings)
    // It must be there before a receiver looks at its files: what is rotated until then, nothing else
    // links.
    if settings.isNativeSidecar { initial.append(sync) } else { regular.insert(sync, at: 0) }
  }
  if input.compressesConfiguration {
    initial.append(configUnpackContainer(input).json)
  }
  return (initial, regular)
}
