public import FilelogJSON

extension StoredOffsets {
  /// For machines.
  public var json: JSONValue {
    [
      "databases": .array(databases.map(\.json)),
      "otherFiles": .array(
        others.map { ["name": .string($0.name), "bytes": .integer($0.bytes)] }),
    ]
  }
}

extension StoredOffsets.Database {
  var json: JSONValue {
    var json: JSONValue = [
      "name": .string(name), "bytes": bytes.map { .integer($0) } ?? .null,
      "writtenUnixNano": written.map { .integer(Int($0)) } ?? .null,
    ]
    switch content {
    case .unreadable(let reason): json["error"] = .string(reason)
    case .other(let transaction, let entries):
      json["transaction"] = .integer(Int(clamping: transaction))
      json["entries"] = .integer(entries)
    case .receiver(let receiver):
      json["transaction"] = .integer(Int(clamping: receiver.transaction))
      json["encoding"] = receiver.encoding.map { .string($0) } ?? .null
      json["lastChangeUnixNano"] = lastChange.map { .integer(Int($0)) } ?? .null
      json["logFiles"] = .array(receiver.files.map(\.json))
      json["archivedFiles"] = .integer(receiver.archivedFiles)
      json["damage"] = .array(receiver.damage.map { .string($0) })
    }
    return json
  }
}

extension StoredOffsets.LogFile {
  var json: JSONValue {
    [
      "path": path.map { .string($0) } ?? .null, "offset": .integer(Int(offset)),
      "records": .integer(Int(records)), "fingerprintBytes": .integer(fingerprintBytes),
      "lastChangeUnixNano": lastChange.map { .integer(Int($0)) } ?? .null,
    ]
  }
}

extension OffsetsMapContent {
  /// For machines.
  public var json: JSONValue {
    [
      "namespace": .string(namespace), "name": .string(name), "usedBytes": .integer(usedBytes),
      "limitBytes": .integer(Self.limit), "lastStored": lastStored.map { .string($0) } ?? .null,
      "nodes": .array(nodes.map(\.json)),
    ]
  }
}

extension OffsetsMapContent.Node {
  /// For machines: `name`, `bytes`, and `offsets` or `error`.
  public var json: JSONValue {
    var json: JSONValue = ["name": .string(name), "bytes": .integer(bytes)]
    switch content {
    case .offsets(let offsets): json["offsets"] = offsets.json
    case .damaged(let reason): json["error"] = .string(reason)
    }
    return json
  }
}

extension SavedMaps {
  /// For machines: what the shared map holds, and `nodeMaps`.
  public var json: JSONValue {
    var json = shared?.json ?? [:]
    json["nodeMaps"] = nodeMaps.json
    return json
  }
}
