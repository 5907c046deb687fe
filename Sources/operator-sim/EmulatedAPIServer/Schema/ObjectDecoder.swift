internal import FilelogJSON

/// Reads an object as the API server's typed decoding does: members that the type does not have are
/// dropped (and named), nulls and zero values disappear or appear as the Go types have it, and a
/// value of the wrong type is an error.
struct ObjectDecoder {
  struct Decoded {
    var value: JSONValue
    /// Paths of members that the type does not have, in the order of the API server.
    var unknownFields: [String]
  }

  /// In Go's words.
  struct Failure: Error, Hashable {
    let message: String
  }

  private let schema = Schema.kubernetes
  private var unknownFields: [String] = []

  /// - Parameter known: an object that was decoded before; what is the same in it is not looked at
  ///   again.
  static func decode(
    _ value: JSONValue, as type: String, known: JSONValue? = nil
  ) throws(Failure) -> Decoded {
    var decoder = ObjectDecoder()
    let place = Place(text: "", fields: [], owner: shortName(type))
    let decoded = try decoder.object(value, Schema.kubernetes[type], place, known)
    return Decoded(value: decoded ?? [:], unknownFields: decoder.unknownFields)
  }

  /// Where the decoder is, in the two notations of Go's errors.
  private struct Place {
    /// `spec.containers[0].image`
    var text: String
    /// `["spec", "containers", "image"]`
    var fields: [String]
    /// The Go struct that the field belongs to.
    var owner: String

    func member(_ name: String, of owner: String) -> Place {
      Place(
        text: text.isEmpty ? name : "\(text).\(name)", fields: fields + [name], owner: owner)
    }

    func element(_ index: Int) -> Place {
      Place(text: "\(text)[\(index)]", fields: fields, owner: owner)
    }

    func key(_ key: String) -> Place {
      Place(text: "\(text).\(key)", fields: fields, owner: owner)
    }
  }

  private mutating func object(
    _ value: JSONValue, _ type: ObjectType, _ place: Place, _ known: JSONValue?
  ) throws(Failure) -> JSONValue? {
    guard case .object(let members) = value else {
      if case .null = value { return nil }
      throw mismatch(value, .object(type.name), place)
    }
    let name = Self.shortName(type.name)
    var kept: [String: JSONValue] = [:]
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      guard let field = type.fields[key] else {
        unknownFields.append(place.member(key, of: name).text)
        continue
      }
      let place = place.member(key, of: name)
      if let decoded = try self.value(member, field.type, place, known?[key]) {
        kept[key] = decoded
      }
    }
    for field in type.fields.values { complete(&kept, field) }
    return .object(kept)
  }

  /// Drops or adds the field's zero value.
  private func complete(_ members: inout [String: JSONValue], _ field: Field) {
    switch field.presence {
    case .asSet: break
    case .unlessZero:
      if let value = members[field.name] {
        if Self.isZero(value, field.type) { members[field.name] = nil }
      } else if case .object(let name) = field.type {
        members[field.name] = zero(name)
      }
    case .always:
      if members[field.name] == nil { members[field.name] = zero(field.type) }
    }
  }

  /// An empty struct is never left out in Go.
  private func zero(_ name: String) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for field in schema[name].fields.values { complete(&members, field) }
    return .object(members)
  }

  private func zero(_ type: FieldType) -> JSONValue {
    switch type {
    case .string, .bytes: ""
    case .quantity: "0"
    case .int32, .int64, .number, .intOrString: 0
    case .bool: false
    case .time, .microTime, .any, .list, .map: .null
    case .object(let name): zero(name)
    }
  }

  private static func isZero(_ value: JSONValue, _ type: FieldType) -> Bool {
    switch (value, type) {
    case (.object(let members), .map): members.isEmpty
    case (.array(let elements), _): elements.isEmpty
    case (.object, _): false
    case (.null, _), (.string(""), _), (.bool(false), _), (.integer(0), _): true
    default: false
    }
  }

  private mutating func value(
    _ value: JSONValue, _ type: FieldType, _ place: Place, _ known: JSONValue? = nil
  ) throws(Failure) -> JSONValue? {
    switch (value, type) {
    case (_, .any): return value
    case (.null, _): return nil
    case (_, .object(let name)): return try object(value, schema[name], place, known)
    case (.array(let elements), .list(let element)):
      var kept: [JSONValue] = []
      for (index, item) in elements.enumerated() {
        kept.append(
          try self.value(item, element, place.element(index)) ?? zero(element))
      }
      return .array(kept)
    case (.object(let members), .map(let element)):
      var kept: [String: JSONValue] = members
      let known = known?.object ?? [:]
      for (key, item) in members {
        if case .string = item, known[key] == item { continue }
        kept[key] = try self.value(item, element, place.key(key)) ?? zero(element)
      }
      return .object(kept)
    default: return try scalar(value, type, place)
    }
  }

  private func scalar(
    _ value: JSONValue, _ type: FieldType, _ place: Place
  ) throws(Failure) -> JSONValue {
    switch (value, type) {
    case (.string, .string), (.bool, .bool), (.integer, .int64), (.integer, .number),
      (.number, .number), (.integer, .intOrString), (.string, .intOrString):
      return value
    case (.integer(let number), .int32) where Int32(exactly: number) != nil: return value
    case (.string(let text), .bytes):
      if let position = Base64Text.firstIllegalPosition(text) {
        throw Failure(message: "illegal base64 data at input byte \(position)")
      }
      return value
    case (.string(let text), .time), (.string(let text), .microTime):
      guard Timestamp(text) != nil else {
        throw Failure(
          message:
            #"parsing time "\#(text)" as "2006-01-02T15:04:05Z07:00": cannot parse "\#(text)" as "2006""#
        )
      }
      return value
    case (.string(let text), .quantity):
      guard let canonical = Quantity.canonical(text) else {
        throw Failure(message: Quantity.refusal)
      }
      return .string(canonical)
    case (.integer(let number), .quantity): return .string(String(number))
    case (.number(let number), .quantity):
      guard let canonical = Quantity.canonical("\(number)") else {
        throw Failure(message: Quantity.refusal)
      }
      return .string(canonical)
    default: throw mismatch(value, type, place)
    }
  }

  private func mismatch(_ value: JSONValue, _ type: FieldType, _ place: Place) -> Failure {
    let found =
      switch value {
      case .null: "null"
      case .bool: "bool"
      case .integer(let number) where type == .int32: "number \(number)"
      case .number(let number) where type == .int32 || type == .int64: "number \(number)"
      case .integer, .number: "number"
      case .string: "string"
      case .array: "array"
      case .object: "object"
      }
    let path = place.fields.joined(separator: ".")
    let target = path.isEmpty ? "value" : "struct field \(place.owner).\(path)"
    return Failure(
      message: "json: cannot unmarshal \(found) into Go \(target) of type \(Self.goName(type))")
  }

  private static func goName(_ type: FieldType) -> String {
    switch type {
    case .string: "string"
    case .int32, .intOrString: "int32"
    case .int64: "int64"
    case .number: "float64"
    case .bool: "bool"
    case .bytes: "[]uint8"
    case .quantity: "resource.Quantity"
    case .time: "v1.Time"
    case .microTime: "v1.MicroTime"
    case .any: "interface {}"
    case .list(let element): "[]\(goName(element))"
    case .map(let element): "map[string]\(goName(element))"
    case .object(let name): "v1.\(shortName(name))"
    }
  }

  private static func shortName(_ type: String) -> String {
    type.split(separator: ".").last.map(String.init) ?? type
  }
}
