internal import FilelogEncodings
internal import FilelogJSON

/// A merge patch of a config map, built as the bytes to send: a payload of a megabyte is encoded
/// straight into them, once.
///
/// Only what is named changes. Sending the same patch twice changes nothing the second time.
public struct ConfigMapPatch: Hashable, Sendable {
  /// Values to set, or nil to remove the key.
  public var binaryData: [String: [UInt8]?]
  /// Values to set, or nil to remove the key.
  public var data: [String: String?]
  /// Annotations to set, or nil to remove one.
  public var annotations: [String: String?]
  /// Labels to set, or nil to remove one.
  public var labels: [String: String?]

  /// All owners of the map; nil leaves them as they are.
  public var owners: [OwnerReference]?

  /// Whether the server is to forget who owns which field, and to note it no more until a client
  /// applies: what is written often carries a few hundred bytes less.
  public var dropsManagedFields = false

  /// The server refuses with a conflict when the object has another version by now.
  public var resourceVersion: String?

  /// The server refuses when the object was deleted and made anew.
  public var uid: String?

  /// A patch of what is given; what is left out stays as it is.
  public init(
    binaryData: [String: [UInt8]?] = [:], data: [String: String?] = [:],
    annotations: [String: String?] = [:], labels: [String: String?] = [:],
    resourceVersion: String? = nil, uid: String? = nil
  ) {
    self.binaryData = binaryData
    self.data = data
    self.annotations = annotations
    self.labels = labels
    self.resourceVersion = resourceVersion
    self.uid = uid
  }

  /// The patch as JSON, members sorted.
  public var body: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(expectedCount)
    out += "{".utf8
    var isFirst = true
    Self.append("binaryData", binaryData, to: &out, &isFirst) { value, out in
      out += "\"".utf8
      Base64.append(value, to: &out)
      out += "\"".utf8
    }
    Self.append("data", data, to: &out, &isFirst) { $1 += JSONWriter.compact.bytes(.string($0)) }
    if let metadata {
      out += (isFirst ? "\"metadata\":" : ",\"metadata\":").utf8
      out += JSONWriter.compact.bytes(metadata)
    }
    out += "}".utf8
    return out
  }

  private var metadata: JSONValue? {
    var members: [String: JSONValue] = [:]
    for (name, values) in [("annotations", annotations), ("labels", labels)] where !values.isEmpty {
      members[name] = .object(values.mapValues { $0.map { .string($0) } ?? .null })
    }
    members["resourceVersion"] = resourceVersion.map { .string($0) }
    members["uid"] = uid.map { .string($0) }
    members["ownerReferences"] = owners.map { .array($0.map(\.json)) }
    if dropsManagedFields { members["managedFields"] = [[:]] }
    return members.isEmpty ? nil : .object(members)
  }

  private var expectedCount: Int {
    binaryData.reduce(1024) { sum, member in
      sum + member.key.utf8.count + 8 + Base64.encodedCount(member.value?.count ?? 0)
    }
  }

  private static func append<Value>(
    _ name: String, _ values: [String: Value?], to out: inout [UInt8], _ isFirst: inout Bool,
    _ appendValue: (Value, inout [UInt8]) -> Void
  ) {
    guard !values.isEmpty else { return }
    out += (isFirst ? "\"\(name)\":" : ",\"\(name)\":").utf8
    isFirst = false
    var separator = "{"
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      out += separator.utf8
      separator = ","
      out += JSONWriter.compact.bytes(.string(key))
      out += ":".utf8
      if let value { appendValue(value, &out) } else { out += "null".utf8 }
    }
    out += "}".utf8
  }
}
