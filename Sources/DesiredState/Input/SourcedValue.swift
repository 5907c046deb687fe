internal import FilelogJSON
internal import FilelogYAML

/// A tree of values of which each knows where it comes from.
struct SourcedValue: Hashable, Sendable {
  var kind: Kind
  let origin: Origin
  /// A number as the file has it: 1.10 is the number 1.1.
  private var written: String?

  enum Kind: Hashable, Sendable {
    /// Never an array or an object.
    case scalar(JSONValue)
    case list([SourcedValue])
    case mapping([String: SourcedValue])
  }

  init(_ kind: Kind, _ origin: Origin, written: String? = nil) {
    self.kind = kind
    self.origin = origin
    self.written = written
  }

  /// - Parameter rank: the place of the file in the order of the input.
  init(_ node: YAMLNode, _ file: InputFile, rank: Int) {
    let origin = Origin(source: file.name, line: node.line, rank: rank)
    switch node.kind {
    case .scalar(let value):
      self.init(.scalar(value), origin, written: Self.written(node, value, file))
    case .sequence(let elements):
      self.init(.list(elements.map { SourcedValue($0, file, rank: rank) }), origin)
    case .mapping(let members):
      var mapping: [String: SourcedValue] = [:]
      for member in members {
        let value = SourcedValue(member.value, file, rank: rank)
        // A value that is a block starts on the line after its key; people look for the key.
        let place = Origin(source: file.name, line: member.keyLine, rank: rank)
        mapping[member.key] = SourcedValue(value.kind, place, written: value.written)
      }
      self.init(.mapping(mapping), origin)
    }
  }

  private static func written(
    _ node: YAMLNode, _ value: JSONValue, _ file: InputFile
  ) -> String? {
    switch value {
    case .integer, .number: break
    default: return nil
    }
    guard !node.extent.isAlias, node.extent.bytes.upperBound <= file.bytes.count else {
      return nil
    }
    // An anchor and a tag stand before it.
    let bytes = file.bytes[node.extent.bytes].split(separator: UInt8(ascii: " ")).last ?? []
    let isNumber = bytes.count <= 60 && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    return isNumber ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// A value all of which has one place.
  init(_ value: JSONValue, _ origin: Origin) {
    switch value {
    case .array(let elements):
      self.init(.list(elements.map { SourcedValue($0, origin) }), origin)
    case .object(let members):
      self.init(.mapping(members.mapValues { SourcedValue($0, origin) }), origin)
    default: self.init(.scalar(value), origin)
    }
  }

  /// Without the places.
  var json: JSONValue {
    switch kind {
    case .scalar(let value): value
    case .list(let elements): .array(elements.map(\.json))
    case .mapping(let members): .object(members.mapValues(\.json))
    }
  }

  var isNull: Bool { kind == .scalar(.null) }

  /// What `if` in a template takes for false.
  var isFalsy: Bool {
    switch kind {
    case .scalar(let value): [.null, .bool(false), .integer(0), .number(0), ""].contains(value)
    case .list(let elements): elements.isEmpty
    case .mapping(let members): members.isEmpty
    }
  }

  /// A member of mappings within each other.
  subscript(path: [String]) -> SourcedValue? {
    path.reduce(Optional(self)) { value, key in
      guard case .mapping(let members)? = value?.kind else { return nil }
      return members[key]
    }
  }
}

extension SourcedValue {
  /// Helm's order: what comes later wins, mappings are merged member by member, and all else,
  /// lists included, is replaced.
  func merged(with later: SourcedValue) -> SourcedValue {
    guard case .mapping(let mine) = kind, case .mapping(let theirs) = later.kind else {
      return later
    }
    let members = mine.merging(theirs) { $0.merged(with: $1) }
    return SourcedValue(.mapping(members), later.origin)
  }

  /// Without members that are null: in Helm, null takes a default away.
  var withoutNulls: SourcedValue {
    switch kind {
    case .scalar: return self
    case .list(let elements):
      return SourcedValue(.list(elements.map(\.withoutNulls)), origin)
    case .mapping(let members):
      let kept = members.filter { !$0.value.isNull }.mapValues(\.withoutNulls)
      return SourcedValue(.mapping(kept), origin)
    }
  }

  /// Members that are null, by the path of their mapping and their key.
  var nulls: [String: [String: Origin]] { nulls(below: "") }

  private func nulls(below path: String) -> [String: [String: Origin]] {
    guard case .mapping(let members) = kind else { return [:] }
    var nulls: [String: [String: Origin]] = [:]
    for (key, value) in members {
      if value.isNull {
        nulls[path, default: [:]][key] = value.origin
      } else {
        nulls.merge(value.nulls(below: path.isEmpty ? key : "\(path).\(key)")) { mine, _ in mine }
      }
    }
    return nulls
  }

  /// What stands here, for an error message: short, and on one line.
  var summary: String {
    switch kind {
    case .scalar(.null): "nothing"
    case .scalar(.string(let text)): Self.quote(text)
    case .scalar(let value): written ?? JSONWriter.compact.string(value)
    case .list(let elements): elements.isEmpty ? "an empty list" : "a list"
    case .mapping(let members): members.isEmpty ? "an empty mapping" : "a mapping"
    }
  }

  /// What kind of thing stands here, where its text must stay secret.
  var summaryOfKind: String {
    switch kind {
    case .scalar(.string): "text"
    case .scalar(.bool): "true or false"
    case .scalar(.integer), .scalar(.number): "a number"
    default: summary
    }
  }

  static func quote(_ text: String) -> String {
    let short = text.count > 60 ? text.prefix(57) + "..." : text[...]
    return JSONWriter.compact.string(.string(String(short)))
  }
}
