internal import FilelogContract
internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML

/// A collector's configuration file that the init container extends, and that is mounted over the vendor's.
struct ExtendedFile {
  private typealias Words = Contract.CollectorConfiguration

  private let file: MountedFile.Found
  private let additions: [YAMLAddition]

  init(_ file: MountedFile.Found, _ additions: [YAMLAddition]) {
    self.file = file
    self.additions = additions
  }

  /// In the collector's container.
  var path: String { file.path }

  /// In memory: a configuration may hold secrets.
  static let volume: JSONValue = [
    "name": .string(Words.volumeName),
    "emptyDir": ["medium": "Memory", "sizeLimit": .string(Words.sizeLimit)],
  ]

  /// Over the file itself, which lies within another mount.
  var collectorMount: JSONValue {
    [
      "name": .string(Words.volumeName), "mountPath": .string(file.path),
      "subPath": .string(Words.fileName), "readOnly": true,
    ]
  }

  /// The vendor's volume as the collector has it, and the one for the copy.
  var initMounts: [JSONValue] {
    var source = file.mount.json
    source["mountPath"] = .string(Words.sourcePath)
    source["readOnly"] = true
    return [source, ["name": .string(Words.volumeName), "mountPath": .string(Words.mountPath)]]
  }

  /// What the init container is told.
  var variable: JSONValue {
    let value: JSONValue = [
      Words.fromKey: .string("\(Words.sourcePath)/\(file.relativePath)"),
      Words.toKey: .string("\(Words.mountPath)/\(Words.fileName)"),
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
    guard options.mountsConfiguration, change.overlay != nil else { return }
    let managers = options.otherManagers.joined(separator: ", ")
    guard workload.form == .daemonSet else {
      guard !managers.isEmpty else { return }
      notes.append(
        "\(managers) applied it, too: the next time, without attach, that meets a conflict or takes a "
          + "part of this back; put attach into that tool (docs/attach.md)")
      return
    }
    do throws(Unfit) {
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
        let tree = try extended(file, additions)
        var trees = resolution.sources.map(\.tree)
        trees[index] = tree
        guard change.isMade(in: CollectorConfig.merge(trees)) else {
          throw Unfit(
            "another --config and what is added to \(file.path) would replace each other's lists")
        }
        return ExtendedFile(file, additions)
      } catch { obstacle = obstacle ?? error }
    }
    throw obstacle ?? Unfit("it does not come from a mounted file")
  }

  private static func extended(
    _ file: MountedFile.Found, _ additions: [YAMLAddition]
  ) throws(Unfit) -> JSONValue {
    guard !file.relativePath.isEmpty else {
      throw Unfit(
        "\(file.path) is mounted by itself, by subPath, and nothing can be mounted over a mount")
    }
    guard (file.mount.json["subPathExpr"]?.string ?? "").isEmpty else {
      throw Unfit("\(file.path) lies on a mount with subPathExpr")
    }
    do {
      let bytes = try YAML.adding(additions, to: file.bytes, file: file.place).bytes
      return try CollectorConfig.expandKeys(
        try YAML.parse(bytes, file: file.place).first?.value ?? [:])
    } catch {
      throw Unfit("\(error)")
    }
  }
}
