internal import Contract
internal import JSON

/// Brings the stored offsets of this node onto the volume before the collector starts.
func filelogOffsetInitContainer(_ input: DesiredStateInput) -> Container {
  offsetSyncContainer(
    named: Contract.ContainerName.initialize, Contract.Arguments.initialize, input)
}

/// Stores the offsets of this node whenever they have changed, and a last time at the end.
func filelogOffsetSyncContainer(_ input: DesiredStateInput) -> Container {
  var container = offsetSyncContainer(
    named: Contract.ContainerName.sync, Contract.Arguments.sync, input)
  if input.usesNativeSidecar {
    // The kubelet then stops it after the collector, which is the order that loses nothing.
    container.extra["restartPolicy"] = "Always"
  }
  return container
}

/// Both containers run the same program in the same surroundings; only the mode differs.
private func offsetSyncContainer(
  named name: String, _ arguments: [String], _ input: DesiredStateInput
) -> Container {
  Container(
    name: name,
    image: input.values.images.offsetSync,
    arguments: arguments,
    environment: offsetSyncEnvironment(input) + selfMonitoringEnvironment(input),
    resources: input.values.syncResources.json,
    volumeMounts: [filelogReceiverOffsetsVolumeMount(input)])
}

/// The contract's variables.
private func offsetSyncEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  let names = Names(input.release)
  return Contract.Variable.allCases.compactMap { variable in
    let value: EnvironmentVariable.Value
    switch variable {
    case .configMapNamespace: value = .text(input.release.namespace)
    case .configMapName: value = .text(names.offsetsConfigMap)
    case .nodeName: value = .podField("spec.nodeName")
    case .offsetDirectoryPath: value = .text(Contract.OffsetsVolume.mountPath)
    case .podUID: value = .podField("metadata.uid")
    case .podName: value = .podField("metadata.name")
    case .clusterUID: value = .text(input.release.clusterUID ?? "")
    case .clusterName: value = .text(input.values.clusterName ?? "")
    case .serviceVersion: value = .text(input.release.chartVersion)
    case .operatorNamespace: value = .podField("metadata.namespace")
    case .daemonSetName: value = .text(names.daemonSet)
    case .shutdownDeadline: value = .text("\(ShutdownTiming.syncDeadlineSeconds)s")
    case .delivery:
      guard input.values.collector.delivery == .atLeastOnce else { return nil }
      value = .text(FilelogDelivery.atLeastOnce.rawValue)
    case .configMapLayout:
      guard input.values.offsetStorage.maps?.layout == .perNode else { return nil }
      value = .text(Contract.OffsetLayout.perNode.rawValue)
    case .configMapPreviousLayout:
      guard let previous = input.values.offsetStorage.maps?.previousLayout else { return nil }
      value = .text(previous.rawValue)
    case .configMapLabels:
      guard input.values.offsetStorage.maps?.includesNodeMaps == true else { return nil }
      value = .text(Labels.text(Labels.common(input.release)))
    case .logLevel:
      guard input.values.collector.isDevelopment else { return nil }
      value = .text("debug")
    }
    return EnvironmentVariable(variable.rawValue, value)
  }
}
