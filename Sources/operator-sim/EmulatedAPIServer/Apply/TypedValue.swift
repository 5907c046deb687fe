internal import FilelogJSON

/// The operations on typed values that ownership is made of: which paths a value has, what
/// distinguishes two values, one value laid over another, paths taken out.
enum TypedValue {
  /// The paths of a value: its leaves, elements of lists, and keys of maps.
  static func fields(_ value: JSONValue, _ shape: Shape) -> FieldSet {
    var set = FieldSet()
    collect(value, shape, path: [], into: &set)
    return set
  }

  private static func collect(
    _ value: JSONValue, _ shape: Shape, path: [PathStep], into set: inout FieldSet
  ) {
    switch (value, shape.kind) {
    case (.object(let members), .object), (.object(let members), .map):
      for (name, member) in members {
        let step = PathStep.field(name)
        collect(member, shape.below(step), path: path + [step], into: &set)
        if member == .null || member == [:] || !shape.hasField(name) { set.insert(path + [step]) }
      }
    case (.array(let elements), .list):
      let steps = elements.map { shape.step(for: $0) }
      for (element, step) in zip(elements, steps) {
        guard let step else { continue }
        set.insert(path + [step])
        // Elements that share a key are owned as one.
        if steps.count(where: { $0 == step }) == 1 {
          collect(element, shape.below(step), path: path + [step], into: &set)
        }
      }
    case (.null, .object), (.null, .map), (.null, .list): break
    default: set.insert(path)
    }
  }

  /// The value without the paths of a set; what a path names goes with everything below it.
  static func removing(_ set: FieldSet, from value: JSONValue, _ shape: Shape) -> JSONValue {
    switch (value, shape.kind) {
    case (.object(let members), .object), (.object(let members), .map):
      var kept: [String: JSONValue] = [:]
      for (name, member) in members {
        let step = PathStep.field(name)
        if set.members.contains(step) { continue }
        kept[name] =
          set.children[step].map { removing($0, from: member, shape.below(step)) } ?? member
      }
      return .object(kept)
    case (.array(let elements), .list):
      return .array(
        elements.compactMap { element in
          guard let step = shape.step(for: element) else { return element }
          if set.members.contains(step) { return nil }
          return set.children[step].map { removing($0, from: element, shape.below(step)) }
            ?? element
        })
    default: return value
    }
  }

  /// The newer value laid over the older one: leaves replaced, maps and keyed lists merged.
  static func merging(_ newer: JSONValue?, over older: JSONValue?, _ shape: Shape) -> JSONValue? {
    guard let newer else { return older }
    guard let older else { return newer }
    switch (older, newer, shape.kind) {
    case (.object(let old), .object(let new), .object),
      (.object(let old), .object(let new), .map):
      if old.isEmpty && new.isEmpty { return newer }
      var merged: [String: JSONValue] = [:]
      for name in Set(old.keys).union(new.keys) {
        merged[name] = merging(new[name], over: old[name], shape.below(.field(name)))
      }
      return .object(merged)
    case (.object, .null, .object), (.object, .null, .map), (.array, .null, .list):
      // A null says nothing about the members.
      return older
    case (.array(let old), .array(let new), .list):
      return old.isEmpty && new.isEmpty ? newer : .array(mergedLists(old, new, shape))
    default: return newer
    }
  }

  /// Merges two lists whose elements have names. Elements that both have come in the newer list's
  /// order; the older list's own elements keep their places before the next common one.
  private static func mergedLists(
    _ old: [JSONValue], _ new: [JSONValue], _ shape: Shape
  ) -> [JSONValue] {
    let (oldSteps, newSteps) = (old.map(shape.step), new.map(shape.step))
    var oldByStep: [PathStep: JSONValue] = [:]
    for case (let element, let step?) in zip(old, oldSteps) { oldByStep[step] = element }
    let (inOld, inNew) = (Set(oldSteps), Set(newSteps))
    var common = newSteps.filter { inOld.contains($0) }[...]
    var merged: [JSONValue] = []
    var taken: Set<PathStep?> = []
    var (left, right) = (0, 0)

    func takeNew() {
      let step = newSteps[right]
      if let step, let older = oldByStep[step] {
        merged.append(merging(new[right], over: older, shape.below(step)) ?? new[right])
      } else {
        merged.append(new[right])
      }
      taken.insert(step)
      if common.first == .some(step) { common.removeFirst() }
      right += 1
    }

    while left < old.count || right < new.count {
      if left < old.count {
        let step = oldSteps[left]
        if right < new.count {
          if step == newSteps[right] {
            takeNew()
            left += 1
            continue
          }
          if inNew.contains(step), let next = common.first, next != step {
            left += 1
            continue
          }
        }
        if !inNew.contains(step) {
          merged.append(old[left])
          left += 1
          continue
        }
        if taken.contains(step) { left += 1 }
      }
      if right < new.count { takeNew() }
    }
    return merged
  }
}
