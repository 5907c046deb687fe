internal import FilelogContract
internal import FilelogJSON

/// The parts that have to do with offsets, for a release of the chart.

func filelogReceiverOffsetsVolumeMount(_ input: DesiredStateInput) -> JSONValue {
  switch input.values.offsetStorage {
  case .configMap: filelogReceiverOffsetsVolumeMount()
  // Nodes may share a volume of the user's.
  case .volume(let name, _): filelogReceiverOffsetsVolumeMount(name, isSharedByNodes: true)
  }
}

func filelogReceiverOffsetsVolume(_ input: DesiredStateInput) -> JSONValue {
  switch input.values.offsetStorage {
  case .configMap: filelogReceiverOffsetsVolume()
  case .volume(_, let definition): definition
  }
}

/// Nil with a volume of the user's.
func assembleFilelogOffsetsConfigMap(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps != nil else { return nil }
  return assembleFilelogOffsetsConfigMap(
    ObjectMetadata(Names(input.release).offsetsConfigMap, in: input.release))
}

/// Nil with a volume of the user's, which needs no permission.
func assembleRole(_ input: DesiredStateInput) -> Manifest? {
  guard let maps = input.values.offsetStorage.maps else { return nil }
  let names = Names(input.release)
  return assembleFilelogOffsetsRole(
    ObjectMetadata(names.role, in: input.release), configMapName: names.offsetsConfigMap,
    includesNodeMaps: maps.includesNodeMaps)
}

/// Nil with a volume of the user's.
func assembleRoleBinding(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps != nil else { return nil }
  let names = Names(input.release)
  return assembleFilelogOffsetsRoleBinding(
    ObjectMetadata(names.roleBinding, in: input.release), role: names.role,
    serviceAccount: names.serviceAccount, namespace: input.release.namespace)
}

/// Nil unless it is wanted.
func assembleAdmissionPolicy(_ input: DesiredStateInput) -> Manifest? {
  guard input.hasAdmissionPolicy else { return nil }
  var scope = OffsetsAdmissionScope(input.release)
  scope.foreignPrefixes = input.values.offsetStorage.maps?.foreignPrefixes ?? []
  scope.sharedLimit = input.values.offsetStorage.maps?.sharedLimit
  return assembleFilelogOffsetsAdmissionPolicy(scope)
}

/// Nil unless it is wanted.
func assembleAdmissionPolicyBinding(_ input: DesiredStateInput) -> Manifest? {
  guard input.hasAdmissionPolicy else { return nil }
  return assembleFilelogOffsetsAdmissionPolicyBinding(OffsetsAdmissionScope(input.release))
}

extension OffsetsAdmissionScope {
  init(_ release: Release) {
    let names = Names(release)
    self.init(
      name: names.admissionPolicy, labels: Labels.common(release), namespace: release.namespace,
      serviceAccount: names.serviceAccount, configMapName: names.offsetsConfigMap,
      mapLabels: Labels.common(release))
  }
}

func volumeOwnershipContainer(_ input: DesiredStateInput) -> JSONValue {
  volumeOwnershipContainer(
    image: input.values.images.volumeOwnership, mount: filelogReceiverOffsetsVolumeMount(input),
    resources: input.values.resources.volumeOwnership.json)
}

extension OffsetSyncSettings {
  init(_ input: DesiredStateInput) {
    let values = input.values
    let names = Names(input.release)
    self.init(
      image: values.images.offsetSync, configMapName: names.offsetsConfigMap,
      configMapNamespace: input.release.namespace)
    if let maps = values.offsetStorage.maps {
      layout = maps.layout
      previousLayout = maps.previousLayout
      mapLabels = maps.includesNodeMaps ? Labels.common(input.release) : [:]
    }
    delivery = values.collector.delivery
    volumeMounts = [filelogReceiverOffsetsVolumeMount(input)]
    if values.rotatedFiles == .links {
      followsRotatedLogs = true
      volumeMounts += [rotatedLogsVolumeMount(readOnly: false)] + nodeLogVolumeMounts(input)
    }
    resources = values.resources.sync.json
    goMemoryLimit = values.resources.sync.goMemoryLimit
    securityContext = containerSecurityContext(input)
    syncIntervalSeconds = values.timing.intervalSeconds
    shutdownDeadlineSeconds = values.timing.shutdownDeadlineSeconds
    isNativeSidecar = input.usesNativeSidecar
    isDebugging = values.collector.isDevelopment
    daemonSetName = names.daemonSet
    serviceVersion = input.release.chartVersion
    clusterUID = input.release.clusterUID ?? ""
    clusterName = input.settings.clusterName ?? ""
    extraEnvironment = selfMonitoringEnvironment(input).map(\.json)
  }
}
