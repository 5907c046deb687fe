/// Collects the members of one mapping: keys are unique, and a merge key (`<<: *defaults`, which
/// Helm's and Kubernetes' own readers understand) yields to members written out.
struct MappingBuilder {
  let file: String
  private(set) var members: [YAMLNode.Member] = []
  private var positions: [String: Int] = [:]
  private var merged: Set<String> = []

  init(file: String) { self.file = file }

  mutating func add(_ key: String, _ value: YAMLNode, at event: Event) throws(YAMLError) {
    let place = event.place
    let member = YAMLNode.Member(
      key: key, keyLine: place.line, keyColumn: place.column, keyBytes: event.bytes,
      isMerged: false, value: value)
    guard let position = positions[key] else {
      positions[key] = members.count
      members.append(member)
      return
    }
    guard merged.remove(key) != nil else {
      throw error("duplicate key \"\(key)\", first at line \(members[position].keyLine)", place)
    }
    members[position] = member
  }

  /// Takes over the members of a mapping, or of several with the first one winning.
  mutating func merge(_ value: YAMLNode, at place: Place) throws(YAMLError) {
    switch value.kind {
    case .mapping(let inherited):
      for member in inherited where positions[member.key] == nil {
        positions[member.key] = members.count
        members.append(member)
        members[members.count - 1].isMerged = true
        merged.insert(member.key)
      }
    case .sequence(let elements):
      for element in elements {
        guard case .mapping = element.kind else { throw mergeError(place) }
        try merge(element, at: place)
      }
    case .scalar: throw mergeError(place)
    }
  }

  private func mergeError(_ place: Place) -> YAMLError {
    error("a merge key (<<) takes a mapping or a list of mappings", place)
  }

  private func error(_ message: String, _ place: Place) -> YAMLError {
    YAMLError(file: file, line: place.line, column: place.column, message: message)
  }
}
