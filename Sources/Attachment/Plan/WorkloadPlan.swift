internal import DesiredState
internal import FilelogContract
internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML

/// Makes the plan of one workload, once it is known that it can be attached.
struct WorkloadPlanner {
  let workload: Workload
  let options: AttachOptions
  let namespace: String
  /// The flags that have to be written besides a new one.
  let restatedFlags: [String]
  let change: ConfigurationChange
  /// The configuration file that gets ``change``; nil: an argument or the object itself has it.
  let extendedFile: ExtendedFile?
  let user: CollectorUserDecision
  let tokenVolume: Bool

  static let tokenVolumeName = "filelog-offset-token"
  static let tokenDirectory = "/var/run/secrets/filelog-offset-sync"

  private var isNative: Bool {
    options.kubernetesVersion.map { $0 >= .nativeSidecars } ?? false
  }

  private var storage: StoragePlan { change.storage }
  private var rotatedLogs: RotatedLogsPlan { change.rotatedLogs }

  /// `file_log → file_storage/filelog_offsets (new), user 10001:10001 (image), grace 30 s`
  var summary: String {
    let extensionText = storage.extensionID + (storage.isNewExtension ? " (new)" : "")
    let receivers = storage.receivers.joined(separator: ", ")
    let followers = rotatedLogs.receivers.map(\.id)
    let follows =
      followers.isEmpty
      ? ""
      : "rotated files too"
        + (followers == storage.receivers ? "" : " of \(followers.joined(separator: ", "))") + ", "
    return "\(receivers) → \(extensionText), \(follows)user \(user.text), grace "
      + "\(workload.gracePeriodSeconds) s, offsets in "
      + (options.layout == .perNode ? "a config map for each node" : "configmap/\(objects.mapName)")
      + (extendedFile.map { ", configuration mounted over \($0.path)" } ?? "")
  }

  var objects: AddedObjects {
    AddedObjects(workload: workload, options: options, namespace: namespace)
  }

  /// - Parameters:
  ///   - text: of the document that the workload stands in.
  ///   - root: of that document.
  func plan(text: [UInt8], root: YAMLNode) throws(EditFailure) -> (
    edits: [Edit], added: [JSONValue]
  ) {
    var plan = EditPlan(workload.object, text: text, root: root)
    let initial = filelogOffsetInitContainer(initSettings)
    let sync = filelogOffsetSyncContainer(syncSettings)
    try addContainers(initial, sync, to: &plan)
    try addVolumes(to: &plan)
    let overlay = try changeConfiguration(&plan)
    let injected = JSONWriter.compact.bytes([initial, sync, .array(overlay), storage.mount])
    var annotations = [
      Member(
        AttachmentRecord.hashAnnotation,
        .string(String(SHA256.hash(injected).hexadecimal.prefix(16))))
    ]
    let defaultContainer = "kubectl.kubernetes.io/default-container"
    let present = workload.object.value[path: workload.podAnnotationsPath]
    // The sync container comes first, and kubectl is to go on taking the vendor's first one.
    if !isNative, present?[defaultContainer] == nil, let name = firstContainer {
      annotations.append(Member(defaultContainer, name))
    }
    try plan.set(annotations, in: workload.podAnnotationsPath)
    try plan.seal()
    return (plan.edits, objects.all)
  }

  /// The name of the pods' first container as it is without ours.
  private var firstContainer: JSONValue? {
    let first = workload.containers.first?["name"]
    return workload.form == .daemonSet ? first : first ?? .string(Workload.operatorsContainer)
  }

  private var syncSettings: OffsetSyncSettings {
    var settings = OffsetSyncSettings(image: options.image, configMapName: objects.mapName)
    settings.layout = options.layout
    settings.mapLabels = options.layout == .perNode ? AddedObjects.labels : [:]
    settings.directory = storage.directory
    settings.volumeMounts = [storage.mount]
    if !rotatedLogs.receivers.isEmpty {
      settings.followsRotatedLogs = true
      settings.volumeMounts += [rotatedLogsVolumeMount(readOnly: false)] + rotatedLogs.logMounts
    }
    settings.resources = ["limits": ["memory": "32Mi"], "requests": ["memory": "32Mi"]]
    settings.securityContext = containerSecurityContext(
      user: user.user, group: user.group,
      seLinuxOptions: workload.collector["securityContext"]?["seLinuxOptions"],
      setsSeccompProfile: true)
    if user.user == nil, workload.collector["securityContext"]?["runAsNonRoot"]?.bool == true {
      settings.securityContext["runAsNonRoot"] = true
    }
    settings.isNativeSidecar = isNative
    settings.shutdownDeadlineSeconds = ShutdownTiming.deadlineSeconds(
      gracePeriodSeconds: workload.gracePeriodSeconds)
    settings.daemonSetName = workload.daemonSetName
    settings.serviceVersion = options.image.tag ?? ""
    if tokenVolume {
      settings.volumeMounts.append([
        "name": .string(Self.tokenVolumeName), "mountPath": .string(Self.tokenDirectory),
        "readOnly": true,
      ])
      settings.extraEnvironment = [
        ["name": "SERVICE_ACCOUNT_DIRECTORY_PATH", "value": .string(Self.tokenDirectory)]
      ]
    }
    return settings
  }

  private var initSettings: OffsetSyncSettings {
    var settings = syncSettings
    guard let extendedFile else { return settings }
    settings.volumeMounts += extendedFile.initMounts
    settings.extraEnvironment.append(extendedFile.variable)
    return settings
  }

  private func addContainers(
    _ initial: JSONValue, _ sync: JSONValue, to plan: inout EditPlan
  ) throws(EditFailure) {
    let initContainers = workload.podPath + ["initContainers"]
    if isNative { return try plan.append([initial, sync], to: initContainers) }
    try plan.append([initial], to: initContainers)
    // Containers are started in order, and this one has to be at work before the collector. What an
    // operator is told to add it puts before its own.
    guard workload.form == .daemonSet else {
      return try plan.append([sync], to: workload.containersPath)
    }
    plan.prepend([sync], to: workload.containersPath)
  }

  private func addVolumes(to plan: inout EditPlan) throws(EditFailure) {
    let path = workload.podPath + ["volumes"]
    var volumes: [JSONValue] = []
    var mounts: [JSONValue] = []
    switch storage.volume {
    case .none: break
    case .added:
      volumes.append(filelogReceiverOffsetsVolume(name: StoragePlan.newVolume))
      mounts.append(storage.mount)
    case .replaced(let name, let member):
      let index = workload.volumes.firstIndex { $0["name"]?.string == name } ?? 0
      let emptyDir: JSONValue = ["sizeLimit": .string(Contract.OffsetsVolume.sizeLimit)]
      try plan.replace(member, in: path + [.index(index)], by: Member("emptyDir", emptyDir))
    }
    if !rotatedLogs.receivers.isEmpty {
      volumes.append(rotatedLogsVolume())
      mounts.append(rotatedLogsVolumeMount(readOnly: true))
    }
    if let extendedFile {
      volumes.append(ExtendedFile.volume)
      mounts.append(extendedFile.collectorMount)
    }
    if tokenVolume { volumes.append(Self.token) }
    try plan.append(mounts, to: workload.collectorPath + ["volumeMounts"], patterns: mounts)
    try plan.append(volumes, to: path)
  }

  /// What the kubelet mounts into pods that do not refuse it, for our containers alone.
  private static let token: JSONValue = [
    "name": .string(tokenVolumeName),
    "projected": [
      "sources": [
        ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
        [
          "configMap": [
            "name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]],
          ]
        ],
        [
          "downwardAPI": [
            "items": [
              [
                "path": "namespace",
                "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
              ]
            ]
          ]
        ],
      ]
    ],
  ]

  // MARK: The collector's configuration

  /// - Returns: what was added to it.
  private func changeConfiguration(_ plan: inout EditPlan) throws(EditFailure) -> [JSONValue] {
    switch workload.form {
    case .daemonSet:
      guard let overlay = change.overlay, extendedFile == nil else { return [] }
      let flag = "--config=yaml:" + JSONWriter.compact.string(overlay).dollarsDoubled
      let flags = (restatedFlags + [flag]).map(JSONValue.string)
      try plan.append(flags, to: workload.collectorPath + ["args"], patterns: flags)
      return flags
    case .collectorResource:
      try editConfiguration(&plan)
      return change.overlay.map { [$0] } ?? []
    }
  }

  private func editConfiguration(_ plan: inout EditPlan) throws(EditFailure) {
    let config: Path = ["spec", "config"]
    for id in storage.receivers {
      try editReceiver(id, at: config + ["receivers", .key(id)], &plan)
    }
    guard storage.isNewExtension else { return }
    let settings: JSONValue = ["directory": .string(storage.directory)]
    try plan.set([Member(storage.extensionID, settings)], in: config + ["extensions"])
    try plan.append(
      [.string(storage.extensionID)], to: config + ["service", "extensions"],
      patterns: [.string(storage.extensionID)])
  }

  private func editReceiver(
    _ id: String, at path: Path, _ plan: inout EditPlan
  ) throws(EditFailure) {
    var members: [Member] = []
    if storage.newReceivers.contains(id) {
      members.append(Member("storage", .string(storage.extensionID)))
    }
    let rotated = rotatedLogs.receivers.first { $0.id == id }
    if rotated?.setsCompression == true {
      members.append(Member("compression", RotatedLogsPlan.Receiver.compression))
    }
    let present = workload.object.value[path: path] ?? [:]
    for member in members where present[member.key] != nil {
      try plan.replace(member.key, in: path, by: member)
    }
    let new = members.filter { present[$0.key] == nil }
    if !new.isEmpty { try plan.set(new, in: path) }
    guard let rotated else { return }
    try plan.append(
      rotated.addedIncludes, to: path + ["include"], patterns: rotated.addedIncludes)
    try plan.append(
      rotated.addedExcludes, to: path + ["exclude"], patterns: rotated.addedExcludes)
  }
}
