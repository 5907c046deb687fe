internal import FilelogJSON

/// What the schema says about one place of an object, as merging and ownership see it.
struct Shape: Sendable {
  enum Kind: Sendable {
    /// A scalar, or anything that is replaced as a whole.
    case leaf
    case object(ObjectType)
    case map(FieldType)
    case list(FieldType, ListSemantics)
    /// A place that the schema does not know; maps in it have keys, lists are replaced whole.
    case unknown
  }

  let kind: Kind

  static func of(_ type: ObjectType) -> Shape {
    Shape(kind: type.isAtomic ? .leaf : .object(type))
  }

  private init(kind: Kind) { self.kind = kind }

  private init(_ type: FieldType, list: ListSemantics, isAtomic: Bool) {
    switch type {
    case .object(let name):
      let object = Schema.kubernetes[name]
      kind = isAtomic || object.isAtomic ? .leaf : .object(object)
    case .map(let element): kind = isAtomic ? .leaf : .map(element)
    case .list(let element): kind = list == .atomic ? .leaf : .list(element, list)
    default: kind = .leaf
    }
  }

  func hasField(_ name: String) -> Bool {
    if case .object(let type) = kind { type.fields[name] != nil } else { false }
  }

  func below(_ step: PathStep) -> Shape {
    switch (kind, step) {
    case (.object(let type), .field(let name)): return Self.field(name, of: type)
    case (.map(let element), .field): return Shape(element, list: .atomic, isAtomic: false)
    case (.list(let element, _), _): return Shape(element, list: .atomic, isAtomic: false)
    default: return Shape(kind: .unknown)
    }
  }

  private static func field(_ name: String, of type: ObjectType) -> Shape {
    guard let field = type.fields[name] else { return Shape(kind: .unknown) }
    return Shape(field.type, list: field.list, isAtomic: field.isAtomic)
  }

  /// How the element of a keyed list or a set is named.
  /// - Returns: nil for an element that has none of the keys, or is not a scalar in a set.
  func step(for element: JSONValue) -> PathStep? {
    guard case .list(let type, let semantics) = kind else { return nil }
    return Self.step(for: element, in: type, semantics)
  }

  static func step(
    for element: JSONValue, in type: FieldType, _ semantics: ListSemantics
  ) -> PathStep? {
    switch semantics {
    case .atomic: return nil
    case .set:
      switch element {
      case .array, .object, .null: return nil
      default: return .value(element)
      }
    case .map(let keys):
      guard case .object(let members) = element else { return nil }
      let fields = Schema.kubernetes.object(of: type)?.fields
      var found: [String: JSONValue] = [:]
      for key in keys { found[key] = members[key] ?? fields?[key]?.keyDefault }
      return found.isEmpty ? nil : .keyed(found)
    }
  }
}
