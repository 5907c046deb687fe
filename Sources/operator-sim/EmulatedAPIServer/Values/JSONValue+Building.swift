internal import FilelogJSON

extension JSONValue {
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  /// A list that is left out when it is empty.
  static func nonEmpty(_ elements: [JSONValue]) -> JSONValue? {
    if elements.isEmpty { return .none }
    return .array(elements)
  }

  /// Whether this is an object whose deletion was requested.
  var isGoing: Bool { self["metadata"]?["deletionTimestamp"] != nil }

  /// What Go's decoder calls the value.
  var kindInGo: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer, .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// Sets a member that is missing; does nothing to what is not an object.
  mutating func setDefault(_ name: String, _ value: JSONValue) {
    guard case .object(var members) = self, members[name] == nil else { return }
    self = .null
    members[name] = value
    self = .object(members)
  }

  /// Changes a member that is there.
  mutating func change(_ name: String, _ change: (inout JSONValue) -> Void) {
    guard var member = self[name] else { return }
    change(&member)
    self[name] = member
  }

  /// Changes every element of a member that is a list.
  mutating func changeElements(_ name: String, _ change: (inout JSONValue) -> Void) {
    guard case .array(var elements)? = self[name] else { return }
    for index in elements.indices { change(&elements[index]) }
    self[name] = .array(elements)
  }
}
