internal import FilelogJSON
internal import FilelogYAML

/// What a collector's configuration gets.
struct ConfigurationChange {
  let storage: StoragePlan
  let rotatedLogs: RotatedLogsPlan
  /// As it is without.
  let config: CollectorConfig

  /// What a collector merges over its configuration; nil when that says everything already.
  var overlay: JSONValue? {
    var receivers: [String: JSONValue] = [:]
    for id in storage.newReceivers {
      receivers[id] = ["storage": .string(storage.extensionID)]
    }
    for receiver in rotatedLogs.receivers {
      var settings = receivers[receiver.id]?.object ?? [:]
      settings.merge(receiver.settings) { $1 }
      receivers[receiver.id] = .object(settings)
    }
    guard storage.isNewExtension || !receivers.isEmpty else { return nil }
    var overlay: JSONValue = ["receivers": .object(receivers)]
    guard storage.isNewExtension else { return overlay }
    overlay["extensions"] = [storage.extensionID: ["directory": .string(storage.directory)]]
    // Lists are replaced in a merge: the whole of it has to be repeated.
    let extensions = (config.extensions ?? []) + [storage.extensionID]
    overlay["service"] = ["extensions": .array(extensions.map(JSONValue.string))]
    return overlay
  }

  /// The same for a text that goes on changing: receivers that it no longer has are passed over, and lists
  /// grow.
  var additions: [YAMLAddition] {
    var additions: [YAMLAddition] = []
    if storage.isNewExtension {
      additions = [
        YAMLAddition(
          to: ["extensions"],
          members: [storage.extensionID: ["directory": .string(storage.directory)]]),
        YAMLAddition(to: ["service"], elements: ["extensions": [storage.extensionID]]),
      ]
    }
    for id in storage.receivers {
      var addition = YAMLAddition(to: ["receivers", id], isOptional: true)
      if storage.newReceivers.contains(id) {
        addition.members["storage"] = .string(storage.extensionID)
      }
      if let rotated = rotatedLogs.receivers.first(where: { $0.id == id }) {
        if rotated.setsCompression {
          addition.members["compression"] = RotatedLogsPlan.Receiver.compression
        }
        addition.elements["include"] = rotated.addedIncludes.compactMap(\.string)
        if !rotated.addedExcludes.isEmpty {
          addition.elements["exclude"] = rotated.addedExcludes.compactMap(\.string)
        }
      }
      if !addition.members.isEmpty || !addition.elements.isEmpty { additions.append(addition) }
    }
    return additions
  }

  /// Whether a configuration is what ``overlay`` makes of ``config``, whatever order lists that grow have
  /// their elements in, and how often.
  func isMade(in tree: JSONValue) -> Bool {
    guard let overlay else { return true }
    return sorted(tree) == sorted(CollectorConfig.merge([config.tree, overlay]))
  }

  private func sorted(_ tree: JSONValue) -> JSONValue {
    let lists: [Path] =
      [["service", "extensions"]]
      + rotatedLogs.receivers.flatMap { receiver in
        ["include", "exclude"].map { ["receivers", .key(receiver.id), .key($0)] }
      }
    var tree = tree
    for path in lists {
      guard let list = tree[path: path]?.array else { continue }
      tree.change(path) {
        $0 = .array(Set(list.map { JSONWriter.compact.string($0) }).sorted().map(JSONValue.string))
      }
    }
    return tree
  }
}
