internal import FilelogContract
internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML

/// A collector's configuration file that the init container extends.
///
/// A file cannot be mounted into a directory that is a config map's: the kubelet makes a directory in its
/// place. So the whole directory is mounted over, by a second mount of it whose path is spelled differently,
/// since a path that is written alike is one mount to the API server. A file that is mounted by itself is
/// mounted over in the same way.
struct ExtendedFile {
  private typealias Words = Contract.CollectorConfiguration

  private let file: MountedFile.Found
  private let additions: [YAMLAddition]
  /// The paths that are mounted already, as they are written.
  private let mountPaths: [String]

  init(_ file: MountedFile.Found, _ additions: [YAMLAddition], _ workload: Workload) {
    self.file = file
    self.additions = additions
    mountPaths = workload.mounts.compactMap { $0.json["mountPath"]?.string }
  }

  /// In the collector's container.
  var path: String { file.path }

  /// In memory: a configuration may hold secrets.
  static let volume: JSONValue = [
    "name": .string(Words.volumeName),
    "emptyDir": ["medium": "Memory", "sizeLimit": .string(Words.sizeLimit)],
  ]

  /// Whether the file alone is mounted, without its directory.
  private var isAlone: Bool { file.relativePath.isEmpty }

  /// As it is called in its directory.
  private var name: String { String(file.path.split(separator: "/").last ?? "") }

  /// Over the vendor's mount: container runtimes mount what has equally many parts in the pod's order.
  var collectorMount: JSONValue {
    var mount: JSONValue = [
      "name": .string(Words.volumeName), "mountPath": .string(respelledPath), "readOnly": true,
    ]
    if isAlone { mount["subPath"] = .string(name) }
    return mount
  }

  private var respelledPath: String {
    let directory =
      isAlone ? String(file.mount.path.dropLast(name.utf8.count + 1)) : file.mount.path
    let ending = isAlone ? "/" + name : "/"
    var path = directory + (isAlone ? "/." : "") + ending
    while mountPaths.contains(path) {
      path = directory + "/." + path.dropFirst(directory.utf8.count)
    }
    return path
  }

  /// The vendor's volume as the collector has it, and the one for the copy.
  var initMounts: [JSONValue] {
    var source = file.mount.json
    source["mountPath"] = .string(isAlone ? "\(Words.sourcePath)/\(name)" : Words.sourcePath)
    source["readOnly"] = true
    return [source, ["name": .string(Words.volumeName), "mountPath": .string(Words.mountPath)]]
  }

  /// What the init container is told.
  var variable: JSONValue {
    let value: JSONValue = [
      Words.fromKey: .string(Words.sourcePath), Words.toKey: .string(Words.mountPath),
      Words.fileKey: .string(isAlone ? name : file.relativePath),
      Words.additionsKey: .array(additions.map(\.json)),
    ]
    return [
      "name": .string(Contract.Variable.collectorConfiguration.rawValue),
      // Kubernetes expands variables in values.
      "value": .string(JSONWriter.compact.string(value).dollarsDoubled),
    ]
  }
}

/// Finds a file that can be extended, or says why an argument has to do.
struct ExtendedFileDecision {
  /// Nil where the configuration needs nothing, or gets an argument.
  private(set) var file: ExtendedFile?
  private(set) var notes: [AttachMessage] = []

  init(
    _ workload: Workload, _ options: AttachOptions, _ resolution: ConfigResolver.Resolution,
    _ change: ConfigurationChange
  ) {
    let managers = options.otherManagers.joined(separator: ", ")
    if options.mountsConfiguration, !managers.isEmpty,
      case .replaced(let volume, let member) = change.storage.volume
    {
      notes.append(
        "\(managers) applied the object, too, with \(member) for the volume \(volume): the next time, "
          + "without attach, that is refused or comes back; put attach into that tool (docs/attach.md)"
      )
    }
    guard options.mountsConfiguration, change.overlay != nil else { return }
    guard workload.form == .daemonSet else {
      guard !managers.isEmpty else { return }
      notes.append(
        "\(managers) applied it, too: the next time, without attach, that meets a conflict or takes a "
          + "part of this back; put attach into that tool (docs/attach.md)")
      return
    }
    do throws(Unfit) {
      if let runtime = options.otherContainerRuntime {
        throw Unfit(
          "the container runtime is \(runtime), and mounting over a mount is known of containerd alone"
        )
      }
      file = try Self.find(workload, resolution, change)
    } catch {
      notes.append(
        "the configuration gets one more argument (\(error.reason)); "
          + (managers.isEmpty
            ? "a tool that applies the object later may take it away"
            : "\(managers) applied the object, too: the next time, without attach, that meets a conflict "
              + "or takes the argument away; put attach into that tool (docs/attach.md)"))
    }
  }

  private struct Unfit: Error {
    let reason: AttachMessage
    init(_ reason: AttachMessage) { self.reason = reason }
  }

  /// The last file counts most; one before it serves where lists stand in that one.
  private static func find(
    _ workload: Workload, _ resolution: ConfigResolver.Resolution, _ change: ConfigurationChange
  ) throws(Unfit) -> ExtendedFile {
    guard workload.volume(named: Contract.CollectorConfiguration.volumeName) == nil else {
      throw Unfit(
        "the pod has a volume \(Contract.CollectorConfiguration.volumeName), not made by attach")
    }
    let additions = change.additions
    var obstacle: Unfit?
    for (index, source) in resolution.sources.enumerated().reversed() {
      guard let file = source.file else { continue }
      do throws(Unfit) {
        try check(file, workload)
        let tree = try extended(file, additions)
        var trees = resolution.sources.map(\.tree)
        trees[index] = tree
        guard change.isMade(in: CollectorConfig.merge(trees)) else {
          throw Unfit(
            "another --config and what is added to \(file.path) would replace each other's lists")
        }
        return ExtendedFile(file, additions, workload)
      } catch { obstacle = obstacle ?? error }
    }
    throw obstacle ?? Unfit("it does not come from a mounted file")
  }

  /// Whether a copy can stand for the vendor's mount.
  private static func check(_ file: MountedFile.Found, _ workload: Workload) throws(Unfit) {
    let mount = file.mount
    guard (mount.json["subPathExpr"]?.string ?? "").isEmpty else {
      throw Unfit("\(file.path) lies on a mount with subPathExpr")
    }
    let inner = workload.mounts.first { $0.path != mount.path && mount.relative($0.path) != nil }
    if let inner { throw Unfit("\(inner.path) is mounted within \(mount.path)") }
    guard workload.mounts.filter({ $0.path == mount.path }).count == 1 else {
      throw Unfit("\(mount.path) is mounted twice already")
    }
    let sources = workload.volume(named: mount.volume)?["projected"]?["sources"]?.array ?? []
    guard sources.allSatisfy({ $0["configMap"] != nil || $0["secret"] != nil }) else {
      throw Unfit("\(mount.path) holds a token too, which is renewed")
    }
    guard sources.count <= 3 else {
      throw Unfit("\(mount.path) holds what more than 3 config maps may hold")
    }
  }

  private static func extended(
    _ file: MountedFile.Found, _ additions: [YAMLAddition]
  ) throws(Unfit) -> JSONValue {
    do {
      let bytes = try YAML.adding(additions, to: file.bytes, file: file.place).bytes
      return try CollectorConfig.expandKeys(
        try YAML.parse(bytes, file: file.place).first?.value ?? [:])
    } catch {
      throw Unfit("\(error)")
    }
  }
}
