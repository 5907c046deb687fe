public import JSON

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
    switch content {
    case .unreadable(let reason): return ["name": .string(name), "error": .string(reason)]
    case .other(let transaction, let entries):
      return [
        "name": .string(name), "transaction": .integer(Int(clamping: transaction)),
        "entries": .integer(entries),
      ]
    case .receiver(let receiver):
      return [
        "name": .string(name), "transaction": .integer(Int(clamping: receiver.transaction)),
        "encoding": receiver.encoding.map { .string($0) } ?? .null,
        "logFiles": .array(receiver.files.map(\.json)),
        "archivedFiles": .integer(receiver.archivedFiles),
        "damage": .array(receiver.damage.map { .string($0) }),
      ]
    }
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
      "limitBytes": .integer(Self.limit), "nodes": .array(nodes.map(\.json)),
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
