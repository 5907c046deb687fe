internal import FilelogJSON

/// How two versions of an object differ, as paths.
struct Comparison: Hashable, Sendable {
  var added = FieldSet()
  var modified = FieldSet()
  var removed = FieldSet()

  static func of(_ old: JSONValue, _ new: JSONValue, _ shape: Shape) -> Comparison {
    var comparison = Comparison()
    comparison.compare(old, new, shape, path: [])
    return comparison
  }

  private mutating func compare(
    _ old: JSONValue?, _ new: JSONValue?, _ shape: Shape, path: [PathStep]
  ) {
    switch shape.kind {
    case .object, .map: compareMembers(old, new, shape, path: path)
    case .list: compareElements(old, new, shape, path: path)
    case .leaf, .unknown: compareLeaf(old, new, path: path)
    }
  }

  private mutating func compareLeaf(_ old: JSONValue?, _ new: JSONValue?, path: [PathStep]) {
    if old == nil {
      added.insert(path)
    } else if new == nil {
      removed.insert(path)
    } else if old != new {
      modified.insert(path)
    }
  }

  /// A container that appears or disappears is itself a path, besides what it holds.
  private mutating func compareContainer(_ old: JSONValue?, _ new: JSONValue?, path: [PathStep]) {
    if old == nil { added.insert(path) } else if new == nil { removed.insert(path) }
  }

  private mutating func compareMembers(
    _ old: JSONValue?, _ new: JSONValue?, _ shape: Shape, path: [PathStep]
  ) {
    let (olds, news) = (old?.object ?? [:], new?.object ?? [:])
    if olds.isEmpty && news.isEmpty { return compareLeaf(old, new, path: path) }
    for (name, old) in olds {
      let new = news[name]
      if new == old { continue }
      let step = PathStep.field(name)
      compare(old, new, shape.below(step), path: path + [step])
    }
    for (name, new) in news where olds[name] == nil {
      let step = PathStep.field(name)
      compare(nil, new, shape.below(step), path: path + [step])
    }
    compareContainer(old, new, path: path)
  }

  private mutating func compareElements(
    _ old: JSONValue?, _ new: JSONValue?, _ shape: Shape, path: [PathStep]
  ) {
    let (olds, news) = (old?.array ?? [], new?.array ?? [])
    if olds.isEmpty && news.isEmpty { return compareLeaf(old, new, path: path) }
    let (oldSteps, newSteps) = (grouped(olds, shape), grouped(news, shape))
    for step in Set(oldSteps.keys).union(newSteps.keys) {
      let (ones, others) = (oldSteps[step] ?? [], newSteps[step] ?? [])
      if ones.count < 2, others.count < 2 {
        compare(ones.first, others.first, shape.below(step), path: path + [step])
      } else if ones.count > 1, others.count > 1 {
        if ones != others { modified.insert(path + [step]) }
      } else if ones.count > 1 {
        removed.insert(path + [step])
        if let other = others.first {
          compare(nil, other, shape.below(step), path: path + [step])
        }
      } else {
        added.insert(path + [step])
        if let one = ones.first { compare(one, nil, shape.below(step), path: path + [step]) }
      }
    }
    compareContainer(old, new, path: path)
  }

  private func grouped(_ elements: [JSONValue], _ shape: Shape) -> [PathStep: [JSONValue]] {
    var groups: [PathStep: [JSONValue]] = [:]
    for element in elements {
      if let step = shape.step(for: element) { groups[step, default: []].append(element) }
    }
    return groups
  }
}
