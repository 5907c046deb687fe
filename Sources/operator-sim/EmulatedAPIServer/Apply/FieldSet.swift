internal import FilelogJSON

/// One step of a path into an object, as managed fields name it.
enum PathStep: Hashable, Sendable {
  /// `f:NAME`: a struct's field or a map's key.
  case field(String)
  /// `k:{…}`: the element of a list that has these keys.
  case keyed([String: JSONValue])
  /// `v:…`: that element of a set.
  case value(JSONValue)
  /// `i:N`: a position.
  case index(Int)
}

/// A set of paths into an object, as a tree: what a field manager owns.
struct FieldSet: Hashable, Sendable {
  /// Paths of one step that belong to the set.
  var members: Set<PathStep> = []
  /// Longer paths, by their first step. No child is empty.
  var children: [PathStep: FieldSet] = [:]

  var isEmpty: Bool { members.isEmpty && children.isEmpty }

  mutating func insert(_ path: [PathStep]) {
    insert(path[...])
  }

  private mutating func insert(_ path: ArraySlice<PathStep>) {
    guard let first = path.first else { return }
    if path.count == 1 {
      members.insert(first)
    } else {
      children[first, default: FieldSet()].insert(path.dropFirst())
    }
  }

  func contains(_ path: [PathStep]) -> Bool {
    guard let first = path.first else { return false }
    if path.count == 1 { return members.contains(first) }
    return children[first]?.contains(Array(path.dropFirst())) ?? false
  }

  func union(_ other: FieldSet) -> FieldSet {
    FieldSet(
      members: members.union(other.members),
      children: children.merging(other.children) { $0.union($1) })
  }

  func subtracting(_ other: FieldSet) -> FieldSet {
    var rest: [PathStep: FieldSet] = [:]
    for (step, child) in children {
      let left = other.children[step].map { child.subtracting($0) } ?? child
      if !left.isEmpty { rest[step] = left }
    }
    return FieldSet(members: members.subtracting(other.members), children: rest)
  }

  /// The set without some first steps and everything below them.
  func without(_ steps: Set<PathStep>) -> FieldSet {
    FieldSet(
      members: members.subtracting(steps), children: children.filter { !steps.contains($0.key) })
  }

  func intersection(_ other: FieldSet) -> FieldSet {
    var common: [PathStep: FieldSet] = [:]
    for (step, child) in children {
      if let found = other.children[step].map({ child.intersection($0) }), !found.isEmpty {
        common[step] = found
      }
    }
    return FieldSet(members: members.intersection(other.members), children: common)
  }

  /// Every path in the set, ordered by its text.
  var paths: [[PathStep]] {
    let own = members.map { [$0] }
    let longer = children.flatMap { step, child in child.paths.map { [step] + $0 } }
    return (own + longer).sorted { PathText.of($0) < PathText.of($1) }
  }

  /// The set with every struct field that has paths below it: the schema's fields exist by
  /// themselves, a map's keys and a list's elements do not.
  func withNamedFields(_ shape: Shape) -> FieldSet {
    var all = self
    for (step, child) in children {
      if case .field(let name) = step, shape.hasField(name) { all.members.insert(step) }
      all.children[step] = child.withNamedFields(shape.below(step))
    }
    return all
  }
}

/// Paths as error messages show them: `.spec.containers[name="app"].image`.
enum PathText {
  static func of(_ path: [PathStep]) -> String {
    path.map(of).joined()
  }

  private static func of(_ step: PathStep) -> String {
    switch step {
    case .field(let name): "." + name
    case .keyed(let keys):
      "["
        + keys.sorted { $0.key < $1.key }
        .map { "\($0.key)=\(JSONWriter.compact.string($0.value))" }.joined(separator: ",") + "]"
    case .value(let value): "[=\(JSONWriter.compact.string(value))]"
    case .index(let index): "[\(index)]"
    }
  }
}
