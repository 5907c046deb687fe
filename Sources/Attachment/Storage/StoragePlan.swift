internal import FilelogContract
internal import FilelogJSON

/// Where offsets lie in the pod, and what has to change so that they lie there.
struct StoragePlan: Hashable, Sendable {
  /// The extension that receivers keep their offsets in.
  let extensionID: String
  let isNewExtension: Bool
  /// The extension's directory.
  let directory: String
  /// The receivers that have to be told, sorted.
  let newReceivers: [String]
  /// All receivers whose offsets are carried, sorted.
  let receivers: [String]
  /// What the init and the sync container mount.
  let mount: JSONValue
  let volume: VolumeChange

  enum VolumeChange: Hashable, Sendable {
    /// The volume is one already that dies with the pod, or is kept.
    case none
    /// An emptyDir of our own is mounted at the directory.
    case added
    /// An emptyDir takes the place of what the volume is.
    case replaced(volume: String, member: String)
  }

  static let newExtension = "file_storage/filelog_offsets"
  static let newVolume = "filelog-offsets"
  static let newDirectory = "/var/otelcol/filelogoffsets"
}

/// Decides on a ``StoragePlan``.
struct StorageDecision {
  let workload: Workload
  let config: CollectorConfig
  /// Those that are chosen and whose storage is files, or none yet.
  let receivers: [CollectorConfig.Receiver]
  let choice: AttachOptions.ExistingVolume?
  private(set) var notes: [AttachMessage] = []

  init(
    _ workload: Workload, _ config: CollectorConfig, _ receivers: [CollectorConfig.Receiver],
    _ choice: AttachOptions.ExistingVolume?
  ) {
    self.workload = workload
    self.config = config
    self.receivers = receivers
    self.choice = choice
  }

  mutating func decide() throws(Refused) -> StoragePlan {
    let enabled = config.extensions ?? []
    var extensions: [String] = []
    for receiver in receivers {
      guard case .fileStorage(let id) = receiver.storage, !extensions.contains(id) else { continue }
      guard enabled.contains(id) else {
        throw Refused(
          "receivers.\(receiver.id).storage",
          "\(id) is not among service.extensions, so the collector does not start; add it there")
      }
      let directory = config.directory(of: id)
      guard !directory.contains("$") else {
        throw Refused(
          "extensions.\(id).directory",
          "the directory is made from a variable (\(directory)); write it out")
      }
      guard directory.hasPrefix("/") else {
        throw Refused(
          "extensions.\(id).directory",
          "the directory is relative to where the collector is started (\(directory)); write it in "
            + "full, from /")
      }
      extensions.append(id)
    }
    let queues = extensions.filter(config.queueExtensions.contains)
    if extensions.isEmpty { return try newExtension() }
    if extensions.count == 1, queues.isEmpty { return try existing(extensions[0]) }
    return try severedExtension(extensions, queues)
  }

  // MARK: An extension of our own

  private func newExtension() throws(Refused) -> StoragePlan {
    guard config.tree["extensions"]?[StoragePlan.newExtension] == nil else {
      throw Refused(
        "extensions.\(StoragePlan.newExtension)",
        "the configuration has an extension of this name already; rename it")
    }
    return StoragePlan(
      extensionID: StoragePlan.newExtension, isNewExtension: true,
      directory: StoragePlan.newDirectory, newReceivers: receivers.map(\.id),
      receivers: receivers.map(\.id), mount: try ownMount(at: StoragePlan.newDirectory),
      volume: .added)
  }

  /// Receivers leave extensions that cannot be carried: they serve exporters too, or are several.
  private mutating func severedExtension(
    _ extensions: [String], _ queues: [String]
  ) throws(Refused) -> StoragePlan {
    let lasting = extensions.filter { lastingVolume(of: config.directory(of: $0)) != nil }
    if !lasting.isEmpty {
      let names = extensions.joined(separator: ", ")
      let problem =
        queues.isEmpty
        ? "receivers keep their offsets in several extensions (\(names))"
        : "\(queues.joined(separator: ", ")) holds exporters' queues as well as offsets"
      switch choice {
      case .replace?:
        notes.append(
          "\(problem): receivers get an extension of their own; the old offsets are not taken over, so "
            + "each node starts by start_at once")
      case .keep?:
        throw Refused(
          .keepVolume,
          queues.isEmpty
            ? "\(problem); choose those of one with \(option: .receivers), or give "
              + "\(option: .replaceVolume)"
            : "\(problem), and queues are not carried; give \(option: .replaceVolume), which gives "
              + "receivers an extension of their own and leaves the queues where they are")
      case nil:
        throw Refused(
          "extensions.\(lasting[0]).directory",
          "\(problem); \(option: .replaceVolume) gives receivers an extension of their own (the "
            + "offsets stored today are not taken over)")
      }
    }
    return try newExtension()
  }

  // MARK: The extension that is there

  private mutating func existing(_ id: String) throws(Refused) -> StoragePlan {
    let directory = config.directory(of: id)
    let newReceivers = receivers.filter { $0.storage == .none }.map(\.id)
    func plan(_ mount: JSONValue, _ change: StoragePlan.VolumeChange) -> StoragePlan {
      StoragePlan(
        extensionID: id, isNewExtension: false, directory: directory, newReceivers: newReceivers,
        receivers: receivers.map(\.id), mount: mount, volume: change)
    }
    guard let mount = workload.mount(holding: directory) else {
      return plan(try ownMount(at: directory), .added)
    }
    guard let lasting = lastingVolume(of: directory) else {
      if mount.path == directory { return plan(try shared(mount), .none) }
      return plan(try ownMount(at: directory), .added)
    }
    switch choice {
    case nil:
      throw Refused(
        "extensions.\(id).directory",
        "\(directory) lies on the volume \(mount.volume) (\(lasting)), which outlives the pod; "
          + "\(option: .keepVolume) synchronizes it as it is, \(option: .replaceVolume) puts an "
          + "emptyDir in its place (keep first, roll out, then replace: then nothing is read again)"
      )
    case .keep?:
      noteCompaction(id)
      return plan(try shared(mount), .none)
    case .replace?:
      notes.append(
        "the offsets on the \(lasting) are not taken over; with \(option: .keepVolume) first, and "
          + "one rollout, they would be")
      guard mount.path == directory else { return plan(try ownMount(at: directory), .added) }
      guard isAlone(mount, id) else {
        notes.append(
          "the volume \(mount.volume) stays: other directories of the collector lie on it")
        return try newExtension()
      }
      return plan(try shared(mount), .replaced(volume: mount.volume, member: lasting))
    }
  }

  /// Nothing else of the collector lies on the volume.
  private func isAlone(_ mount: Workload.Mount, _ id: String) -> Bool {
    guard workload.mounts.filter({ $0.volume == mount.volume }).count == 1 else { return false }
    return config.storageDirectories.allSatisfy { other, directory in
      other == id || mount.relative(directory) == nil
    }
  }

  private mutating func noteCompaction(_ id: String) {
    guard config.tree["extensions"]?[id]?["compaction"]?["on_start"]?.bool == true else { return }
    notes.append(
      "\(id) compacts at each start (compaction.on_start), which makes older offsets look newer on a "
        + "kept volume: lines may be read twice")
  }

  // MARK: Volumes

  /// What kind of volume a directory lies on, when it outlives the pod.
  private func lastingVolume(of directory: String) -> String? {
    guard let mount = workload.mount(holding: directory) else { return nil }
    let kind = workload.volume(named: mount.volume)?.object?.keys.filter { $0 != "name" }.min()
    return kind == "emptyDir" || kind == "ephemeral" ? nil : kind ?? "volume"
  }

  private func ownMount(at directory: String) throws(Refused) -> JSONValue {
    guard workload.volume(named: StoragePlan.newVolume) == nil else {
      throw Refused(
        (workload.podPath + ["volumes"]).text,
        "the pod has a volume \(StoragePlan.newVolume) already, not made by attach; rename it")
    }
    if let other = workload.mounts.first(where: { $0.path == directory }) {
      throw Refused(
        (workload.collectorPath + ["volumeMounts"]).text,
        "the volume \(other.volume) is mounted at \(directory), where offsets would lie; mount it "
          + "somewhere else")
    }
    if let around = workload.readOnlyMount(around: directory) {
      throw Refused(
        (workload.collectorPath + ["volumeMounts"]).text,
        "\(around.path) is mounted read-only, so that \(directory) cannot be made within it; mount it "
          + "without readOnly or somewhere else, or give the receivers an extension file_storage with "
          + "another directory")
    }
    return ["name": .string(StoragePlan.newVolume), "mountPath": .string(directory)]
  }

  /// The collector's mount, for our containers.
  private func shared(_ mount: Workload.Mount) throws(Refused) -> JSONValue {
    guard mount.json["readOnly"]?.bool != true else {
      throw Refused(
        (workload.collectorPath + ["volumeMounts"]).text,
        "\(mount.path) is mounted read-only, so the collector cannot store offsets; remove readOnly"
      )
    }
    let expression = mount.json["subPathExpr"]?.string ?? ""
    let known = "$(\(Contract.Variable.nodeName.rawValue))"
    guard expression.isEmpty || expression == known else {
      throw Refused(
        (workload.collectorPath + ["volumeMounts"]).text,
        "\(mount.path) has the subPathExpr \(expression), made from variables that the sync container "
          + "does not have; use \(known)")
    }
    return mount.json
  }
}
