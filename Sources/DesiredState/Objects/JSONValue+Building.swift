internal import FilelogJSON

extension JSONValue {
  /// An object of those members that have a value. Null counts as missing: Kubernetes reads it as
  /// "take this away", and `condition ? value : nil` may mean it in Swift.
  static func object(omittingNil members: [String: JSONValue?]) -> JSONValue {
    .object(members.compactMapValues { $0 == .null ? nil : $0 })
  }

  /// An object whose members are texts: labels, annotations, data.
  static func texts(_ members: [String: String]) -> JSONValue {
    .object(members.mapValues(JSONValue.string))
  }

  static func texts(_ elements: [String]) -> JSONValue {
    .array(elements.map(JSONValue.string))
  }

  /// Nil instead of an empty list: Kubernetes leaves empty lists out.
  static func list(_ elements: [JSONValue]) -> JSONValue? {
    elements.isEmpty ? nil : .array(elements)
  }

  /// An element of a container's `volumeMounts`.
  static func mount(_ name: String, at path: String, readOnly: Bool = false) -> JSONValue {
    .object(
      omittingNil: [
        "name": .string(name),
        "mountPath": .string(path),
        "readOnly": readOnly ? true : nil,
      ])
  }
}
