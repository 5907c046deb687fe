internal import FilelogJSON

/// Strategic merge patch: a merge patch that merges lists of named elements, with directives
/// (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`).
enum StrategicMergePatch {
  /// In the API server's words.
  struct Failure: Error, Hashable {
    let message: String
    let isBadRequest: Bool
  }

  static func apply(
    _ patch: JSONValue, to value: JSONValue, _ type: ObjectType
  ) throws(Failure) -> JSONValue {
    guard case .object(let changes) = patch else {
      throw Failure(
        message: "json: cannot unmarshal array into Go value of type map[string]interface {}",
        isBadRequest: true)
    }
    return .object(try merge(changes, into: value.object ?? [:], type))
  }

  private static let setOrder = "$setElementOrder/"
  private static let deletePrimitives = "$deleteFromPrimitiveList/"

  /// - Parameter type: nil where the schema knows no fields (maps, free-form objects).
  private static func merge(
    _ patch: [String: JSONValue], into original: [String: JSONValue], _ type: ObjectType?
  ) throws(Failure) -> [String: JSONValue] {
    var (patch, merged) = (patch, original)
    switch patch.removeValue(forKey: "$patch") {
    case nil, .some("merge"): break
    case .some("replace"): return patch
    case .some("delete"): return [:]
    case .some(let other):
      var shown = patch
      shown["$patch"] = other
      throw Failure(
        message: "unknown patch type: \(GoText.value(other)) in map: "
          + GoText.value(.object(shown)), isBadRequest: false)
    }
    if case .array(let kept)? = patch.removeValue(forKey: "$retainKeys") {
      merged = merged.filter { kept.contains(.string($0.key)) }
    }
    var orders: [String: [JSONValue]] = [:]
    for (name, change) in patch where name.hasPrefix("$") {
      patch[name] = nil
      if name.hasPrefix(setOrder) {
        orders[String(name.dropFirst(setOrder.count))] = change.array ?? []
      } else if name.hasPrefix(deletePrimitives) {
        let field = String(name.dropFirst(deletePrimitives.count))
        let deleted = change.array ?? []
        merged[field] = merged[field]?.array.map { list in
          .array(list.filter { !deleted.contains($0) })
        }
      }
    }
    for (name, change) in patch {
      merged[name] = try self.merge(change, into: merged[name], type?.fields[name])
    }
    for (name, order) in orders {
      guard case .array(let elements)? = merged[name] else { continue }
      merged[name] = .array(
        ordered(elements, by: order, original[name]?.array ?? [], type?.fields[name]?.patch))
    }
    return merged
  }

  private static func merge(
    _ change: JSONValue, into value: JSONValue?, _ field: Field?
  ) throws(Failure) -> JSONValue? {
    switch (change, value) {
    case (.null, _): return nil
    case (.object(let changes), .object(let members)):
      return .object(try merge(changes, into: members, objectType(field)))
    case (.object(let changes), _):
      return .object(try merge(changes, into: [:], objectType(field)))
    case (.array(let changes), _):
      guard let strategy = field?.patch else { return change }
      return .array(
        try mergeLists(changes, into: value?.array ?? [], strategy, elementType(field)))
    default: return change
    }
  }

  private static func objectType(_ field: Field?) -> ObjectType? {
    field.flatMap { Schema.kubernetes.object(of: $0.type) }
  }

  private static func elementType(_ field: Field?) -> ObjectType? {
    guard case .list(let element)? = field?.type else { return nil }
    return Schema.kubernetes.object(of: element)
  }

  private static func mergeLists(
    _ patch: [JSONValue], into original: [JSONValue], _ strategy: PatchStrategy,
    _ element: ObjectType?
  ) throws(Failure) -> [JSONValue] {
    guard let key = strategy.mergeKey else {
      return ordered(
        original + patch.filter { !original.contains($0) }, by: patch, original, strategy)
    }
    if patch.contains(where: { $0["$patch"] == .some("replace") }) {
      return patch.filter { $0["$patch"] == nil }
    }
    var merged = original
    var named: [JSONValue] = []
    for change in patch {
      guard case .object(let changes) = change, let name = changes[key] else {
        throw Failure(
          message: "map: \(GoText.value(change)) does not contain declared merge "
            + "key: \(key)", isBadRequest: false)
      }
      let position = merged.firstIndex { $0[key] == name }
      if changes["$patch"] == .some("delete") {
        if let position { merged.remove(at: position) }
        continue
      }
      named.append(change)
      if let position {
        merged[position] = .object(
          try merge(changes, into: merged[position].object ?? [:], element))
      } else {
        merged.append(.object(try merge(changes, into: [:], element)))
      }
    }
    return ordered(merged, by: named, original, strategy)
  }

  /// Elements that the patch names in its order; the others before the first named element that
  /// followed them in the original.
  private static func ordered(
    _ elements: [JSONValue], by order: [JSONValue], _ original: [JSONValue],
    _ strategy: PatchStrategy?
  ) -> [JSONValue] {
    func name(_ element: JSONValue) -> JSONValue {
      strategy?.mergeKey.flatMap { element[$0] } ?? element
    }
    func position(_ element: JSONValue, in list: [JSONValue]) -> Int? {
      list.firstIndex { name($0) == name(element) }
    }
    let named =
      elements.compactMap { element in position(element, in: order).map { ($0, element) } }
      .sorted { $0.0 < $1.0 }.map(\.1)
    var left = elements.filter { position($0, in: order) == nil }[...]
    var right = named[...]
    var result: [JSONValue] = []
    while let other = left.first, let next = right.first {
      if let one = position(other, in: original), let two = position(next, in: original), one < two
      {
        result.append(left.removeFirst())
      } else {
        result.append(right.removeFirst())
      }
    }
    return result + left + right
  }
}
