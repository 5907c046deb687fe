internal import FilelogEncodings
internal import FilelogJSON

/// Takes the selected keys out of a config map's JSON, walking over the rest.
struct ConfigMapReader {
  enum Failure: Error, Hashable, CustomStringConvertible {
    case json(JSONScanner.Failure)
    case otherKind(String)
    case notBase64(key: String)
    case notText(key: String)
    case notAnObject(String)

    var description: String {
      switch self {
      case .json(.truncated): "its JSON ends too early"
      case .json(.malformed(let offset)): "it is not JSON at byte \(offset)"
      case .otherKind(""): "it has no kind"
      case .otherKind(let kind): "it is a \(kind), not a ConfigMap"
      case .notBase64(let key): "binaryData[\(key)] is not base64"
      case .notText(let key): "the value of \(key) is not a string"
      case .notAnObject(let member): "\(member) is not an object"
      }
    }
  }

  private let selection: ConfigMapSelection
  private var kind = ""
  private var name = ""
  private var uid = ""
  private var resourceVersion = ""
  private var isImmutable = false
  /// Places of the encoded values; decoded at the end, one after the other.
  private var encoded: [String: Range<Int>] = [:]
  private var data: [String: String] = [:]
  private var annotations: [String: String] = [:]
  private var labels: [String: String] = [:]
  private var owners: [OwnerReference] = []
  private var usage = ConfigMapUsage()
  /// A value of another type than the API has: it must not pass for a value that is not there.
  private var wrongType: Failure?

  static func read(
    _ body: [UInt8], _ selection: ConfigMapSelection
  ) throws(Failure) -> ConfigMapSnapshot {
    var reader = ConfigMapReader(selection: selection)
    do {
      var scanner = JSONScanner(body)
      try scanner.object { scanner, member throws(JSONScanner.Failure) in
        try reader.readMember(member, &scanner)
      }
      try scanner.end()
    } catch {
      throw .json(error)
    }
    if let wrongType = reader.wrongType { throw wrongType }
    guard reader.kind == "ConfigMap" else {
      throw .otherKind(StatusText.clean(reader.kind, limit: 64))
    }
    return try reader.snapshot(body)
  }

  private init(selection: ConfigMapSelection) {
    self.selection = selection
  }

  private func snapshot(_ body: [UInt8]) throws(Failure) -> ConfigMapSnapshot {
    var binaryData: [String: [UInt8]] = [:]
    for (key, place) in encoded {
      let text = body[place]
      let value =
        text.contains(UInt8(ascii: "\\"))
        ? Base64.decode(JSONEscapes.bytes(text)[...]) : Base64.decode(text)
      guard let value else { throw .notBase64(key: key) }
      binaryData[key] = value
    }
    return ConfigMapSnapshot(
      name: name, uid: uid, resourceVersion: resourceVersion, isImmutable: isImmutable,
      binaryData: binaryData, data: data, annotations: annotations, labels: labels,
      owners: owners, usage: usage)
  }

  private mutating func readMember(
    _ member: String, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) {
    switch member {
    case "kind": kind = try scanner.optionalString() ?? ""
    case "metadata": try readMetadata(&scanner)
    case "immutable":
      isImmutable = try scanner.peek() == UInt8(ascii: "t")
      try scanner.skip()
    case "binaryData": try readBinaryData(&scanner)
    case "data": try readData(&scanner)
    default: try scanner.skip()
    }
  }

  private mutating func readMetadata(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) {
    try scanner.optionalObject { scanner, member throws(JSONScanner.Failure) in
      switch member {
      case "name": name = try scanner.optionalString() ?? ""
      case "uid": uid = try scanner.optionalString() ?? ""
      case "resourceVersion": resourceVersion = try scanner.optionalString() ?? ""
      case "annotations": try scanner.strings(selection.annotations, into: &annotations)
      case "labels": try scanner.strings(selection.labels, into: &labels)
      case "ownerReferences": try readOwners(&scanner)
      default: try scanner.skip()
      }
    }
  }

  private mutating func readOwners(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    try scanner.optionalArray { scanner throws(JSONScanner.Failure) in
      var (apiVersion, kind, name, uid) = ("", "", "", "")
      try scanner.optionalObject { scanner, member throws(JSONScanner.Failure) in
        switch member {
        case "apiVersion": apiVersion = try scanner.optionalString(limit: 512) ?? ""
        case "kind": kind = try scanner.optionalString(limit: 512) ?? ""
        case "name": name = try scanner.optionalString(limit: 512) ?? ""
        case "uid": uid = try scanner.optionalString(limit: 512) ?? ""
        default: try scanner.skip()
        }
      }
      guard owners.count < OwnerReference.limit else { return }
      owners.append(
        OwnerReference(apiVersion: apiVersion, kind: kind, name: name, uid: uid))
    }
  }

  private mutating func readBinaryData(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) {
    if try Self.isWrong(&scanner) { wrongType = .notAnObject("binaryData") }
    try scanner.optionalObject { scanner, key throws(JSONScanner.Failure) in
      guard try scanner.peek() == UInt8(ascii: "\"") else {
        if selection.binaryData.contains(key) {
          wrongType = .notText(key: StatusText.clean(key, limit: 256))
        }
        return try scanner.skip()
      }
      let place = try scanner.rawString()
      usage.add(key, bytes: Base64.decodedCount(scanner.bytes[place]))
      if selection.binaryData.contains(key) { encoded[key] = place }
    }
  }

  /// Neither an object nor `null`.
  private static func isWrong(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> Bool {
    let first = try scanner.peek()
    return first != UInt8(ascii: "{") && first != UInt8(ascii: "n")
  }

  private mutating func readData(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    if try Self.isWrong(&scanner) { wrongType = .notAnObject("data") }
    try scanner.optionalObject { scanner, key throws(JSONScanner.Failure) in
      guard try scanner.peek() == UInt8(ascii: "\"") else {
        if selection.data.contains(key) {
          wrongType = .notText(key: StatusText.clean(key, limit: 256))
        }
        return try scanner.skip()
      }
      let raw = scanner.bytes[try scanner.rawString()]
      let isWanted = selection.data.contains(key)
      guard isWanted || raw.contains(UInt8(ascii: "\\")) else {
        return usage.add(key, bytes: raw.count)
      }
      let text = JSONEscapes.decode(raw)
      usage.add(key, bytes: text.utf8.count)
      if isWanted { data[key] = text }
    }
  }
}

extension JSONScanner {
  /// The wanted members of an object of strings.
  fileprivate mutating func strings(
    _ wanted: Set<String>, into found: inout [String: String]
  ) throws(Failure) {
    try optionalObject { scanner, name throws(Failure) in
      guard wanted.contains(name) else { return try scanner.skip() }
      found[name] = try scanner.optionalString()
    }
  }
}
