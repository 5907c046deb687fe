internal import FilelogJSON

/// What a field of an API object may hold.
indirect enum FieldType: Hashable, Sendable {
  case string
  case int32
  case int64
  case number
  case bool
  /// Base64 text.
  case bytes
  case quantity
  case intOrString
  case time
  case microTime
  /// Anything at all; never looked into.
  case any
  case list(FieldType)
  case map(FieldType)
  /// A struct, by its full name.
  case object(String)
}

/// How two lists become one.
enum ListSemantics: Hashable, Sendable {
  /// The newer replaces the older.
  case atomic
  case set
  /// Elements with equal keys are merged.
  case map(keys: [String])
}

/// How a strategic merge patch treats a list.
struct PatchStrategy: Hashable, Sendable {
  /// The member that identifies an element; nil for a list of scalars.
  var mergeKey: String?
  /// Members of the element that the patch does not name are dropped (unions, such as volumes).
  var retainsOnlyNamedKeys: Bool
}

/// What a response shows of a field.
enum Presence: Hashable, Sendable {
  /// What was set, zero values included (a pointer in Go).
  case asSet
  /// Nothing when it is a zero value.
  case unlessZero
  /// Always, a zero value when nothing was set.
  case always
}

struct Field: Hashable, Sendable {
  let name: String
  let type: FieldType
  let presence: Presence
  let isRequired: Bool
  let list: ListSemantics
  /// A map or struct that is replaced as a whole.
  let isAtomic: Bool
  let patch: PatchStrategy?
  /// What a missing key of a keyed list stands for.
  let keyDefault: JSONValue?
}

struct ObjectType: Hashable, Sendable {
  let name: String
  let fields: [String: Field]
  let isAtomic: Bool
  /// The fields by their numbers in protobuf; those of inlined messages are missing.
  let wire: [Int: Field]
}

/// The types of all objects that the emulator keeps.
struct Schema: Sendable {
  let types: [String: ObjectType]

  static let kubernetes = SchemaText.parse(PackageResources.kubernetes_schema_txt)

  /// The struct of that name. Names come from the schema itself or from the resource registry.
  subscript(_ name: String) -> ObjectType {
    guard let type = types[name] else { preconditionFailure("the schema has no type \(name)") }
    return type
  }

  func object(of type: FieldType) -> ObjectType? {
    if case .object(let name) = type { self[name] } else { nil }
  }
}
