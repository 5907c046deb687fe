internal import FilelogJSON

/// JSON patch, RFC 6902.
struct JSONPatch {
  /// The patch does not fit the object. The API server never says why.
  struct Failure: Error, Hashable {}

  private enum Operation {
    case add(JSONValue)
    case remove
    case replace(JSONValue)
    case test(JSONValue)
    case move(from: [String])
    case copy(from: [String])
  }

  /// Paths of members that no operation has: `[0].extra`.
  let unknownFields: [String]
  private let operations: [(operation: Operation, path: [String])]

  var count: Int { operations.count }

  /// - Parameter json: the list of operations.
  init(_ json: [JSONValue]) throws(Failure) {
    var operations: [(Operation, [String])] = []
    for entry in json {
      guard let path = entry["path"]?.string.flatMap(Self.path) else { throw Failure() }
      operations.append((try Self.operation(entry), path))
    }
    self.operations = operations
    unknownFields = json.enumerated().flatMap { index, entry in
      (entry.object ?? [:]).keys.sorted().filter { !["op", "path", "from", "value"].contains($0) }
        .map { "[\(index)].\($0)" }
    }
  }

  /// As the API server does it: replacing a missing member of an object adds it.
  func apply(to value: JSONValue) throws(Failure) -> JSONValue {
    var value = value
    for (operation, path) in operations {
      switch operation {
      case .add(let new): try Self.put(new, at: path[...], in: &value, inserts: true)
      case .remove: try Self.remove(at: path[...], in: &value)
      case .replace(let new): try Self.put(new, at: path[...], in: &value, inserts: false)
      case .test(let expected):
        guard Self.find(path[...], in: value) ?? .null == expected else { throw Failure() }
      case .move(let from):
        guard let moved = Self.find(from[...], in: value) else { throw Failure() }
        try Self.remove(at: from[...], in: &value)
        try Self.put(moved, at: path[...], in: &value, inserts: true)
      case .copy(let from):
        guard let copied = Self.find(from[...], in: value) else { throw Failure() }
        try Self.put(copied, at: path[...], in: &value, inserts: true)
      }
    }
    return value
  }

  private static func operation(_ entry: JSONValue) throws(Failure) -> Operation {
    let from = entry["from"]?.string.flatMap(path)
    switch (entry["op"]?.string, entry["value"], from) {
    // A value that is not there is null.
    case ("add", let value, _): return .add(value ?? .null)
    case ("remove", _, _): return .remove
    case ("replace", let value, _): return .replace(value ?? .null)
    case ("test", let value, _): return .test(value ?? .null)
    case ("move", _, let from?): return .move(from: from)
    case ("copy", _, let from?): return .copy(from: from)
    default: throw Failure()
    }
  }

  /// The parts of a JSON pointer, nil for text that is none.
  private static func path(_ text: String) -> [String]? {
    if text.isEmpty { return [] }
    guard text.hasPrefix("/") else { return nil }
    return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      $0.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
        .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
    }
  }

  private static func find(_ path: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
    guard let first = path.first else { return value }
    switch value {
    case .object(let members):
      return members[first].flatMap { find(path.dropFirst(), in: $0) }
    case .array(let elements):
      guard let index = index(first, elements.count) else { return nil }
      return find(path.dropFirst(), in: elements[index])
    default: return nil
    }
  }

  /// A position in a list; negative ones count from its end.
  private static func index(_ text: String, _ count: Int) -> Int? {
    guard let number = Int(text) else { return nil }
    let index = number < 0 ? number + count : number
    return (0..<count).contains(index) ? index : nil
  }

  /// Goes to the container that holds the path's last part and changes it there.
  private static func change(
    _ path: ArraySlice<String>, in value: inout JSONValue,
    _ body: (String, inout JSONValue) throws(Failure) -> Void
  ) throws(Failure) {
    guard let first = path.first else { throw Failure() }
    if path.count == 1 { return try body(first, &value) }
    switch value {
    case .object(var members):
      guard var member = members.removeValue(forKey: first) else { throw Failure() }
      try change(path.dropFirst(), in: &member, body)
      members[first] = member
      value = .object(members)
    case .array(var elements):
      guard let index = index(first, elements.count) else { throw Failure() }
      try change(path.dropFirst(), in: &elements[index], body)
      value = .array(elements)
    default: throw Failure()
    }
  }

  /// - Parameter inserts: before the element of a list that the path names, instead of over it.
  private static func put(
    _ new: JSONValue, at path: ArraySlice<String>, in value: inout JSONValue, inserts: Bool
  ) throws(Failure) {
    if path.isEmpty {
      value = new
      return
    }
    try change(path, in: &value) { (last, container) throws(Failure) in
      switch container {
      case .object(var members):
        members[last] = new
        container = .object(members)
      case .array(var elements):
        if inserts, last == "-" || Int(last) == elements.count {
          elements.append(new)
        } else {
          guard let index = index(last, elements.count) else { throw Failure() }
          elements.replaceSubrange(index..<(inserts ? index : index + 1), with: [new])
        }
        container = .array(elements)
      default: throw Failure()
      }
    }
  }

  private static func remove(
    at path: ArraySlice<String>, in value: inout JSONValue
  ) throws(Failure) {
    try change(path, in: &value) { (last, container) throws(Failure) in
      switch container {
      case .object(var members):
        guard members.removeValue(forKey: last) != nil else { throw Failure() }
        container = .object(members)
      case .array(var elements):
        guard let index = index(last, elements.count) else { throw Failure() }
        elements.remove(at: index)
        container = .array(elements)
      default: throw Failure()
      }
    }
  }
}
