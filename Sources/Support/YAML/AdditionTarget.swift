internal import FilelogJSON

/// What all additions together do to one mapping.
struct AdditionTarget {
  var children: [String: AdditionTarget] = [:]
  var members: [String: JSONValue] = [:]
  var elements: [String: [String]] = [:]
  /// Nothing but optional additions lead here.
  private(set) var isOptional = true

  init(_ additions: [YAMLAddition]) {
    for addition in additions { add(addition, addition.path[...]) }
  }

  private mutating func add(_ addition: YAMLAddition, _ path: ArraySlice<String>) {
    if !addition.isOptional { isOptional = false }
    if let first = path.first {
      var child = children[first] ?? AdditionTarget([])
      child.add(addition, path.dropFirst())
      children[first] = child
      return
    }
    for (key, value) in addition.members {
      guard let object = value.object else {
        members[key] = value
        continue
      }
      let inner = YAMLAddition(to: [key], isOptional: addition.isOptional, members: object)
      add(inner, inner.path[...])
    }
    elements.merge(addition.elements) { $0 + $1 }
  }

  /// Whether something is to be changed below a key.
  func concerns(_ key: String) -> Bool {
    children[key] != nil || members[key] != nil || elements[key] != nil
  }

  /// What a mapping becomes that is absent; nil when it stays so.
  var value: JSONValue? {
    guard !isOptional else { return nil }
    var object = members
    for (key, texts) in elements { object[key] = .array(texts.map(JSONValue.string)) }
    for (key, child) in children { object[key] = child.value }
    return .object(object)
  }

  /// The paths of mappings below this one that stay absent with it.
  func absent(_ path: [String]) -> [[String]] {
    guard isOptional else {
      return children.sorted { $0.key < $1.key }.flatMap { $1.absent(path + [$0]) }
    }
    let isMeant = !members.isEmpty || !elements.isEmpty
    return (isMeant ? [path] : [])
      + children.sorted { $0.key < $1.key }.flatMap { $1.absent(path + [$0]) }
  }
}
