internal import FilelogJSON

/// One change of an object, applied to its value and to its text alike; what comes out of both must
/// be the same.
enum Edit: Sendable {
  /// Adds elements at the end of a sequence, which is made where it is absent or null.
  case append(Path, [JSONValue])
  /// Adds elements behind the one at an index; behind -1, before the first.
  case insert(Path, after: Int, [JSONValue])
  /// Adds members to a mapping, which is made where it is absent or null; none of them is there yet.
  case set(Path, [Member])
  /// Puts a member into the place of another one.
  case replace(Path, String, by: Member)
  /// Takes elements out of a sequence.
  case remove(Path, Set<Int>, leaving: Former)
  /// Takes members out of a mapping.
  case unset(Path, Set<String>, leaving: Former)
  /// Puts a member back into the place of the one that replaced it, as the text that it was.
  case restore(Path, String, to: Member, text: String)

  /// What a collection was before something was added to it; to that it goes back when it is empty.
  enum Former: Hashable, Sendable {
    case collection
    case absent
    /// As it was written behind the colon, ` null` or nothing.
    case null(text: String)
  }

  /// Where it changes something.
  var path: Path {
    switch self {
    case .append(let path, _), .insert(let path, _, _), .set(let path, _), .replace(let path, _, _),
      .remove(let path, _, _), .unset(let path, _, _), .restore(let path, _, _, _):
      path
    }
  }

  /// The same change of an object that stands inside another one.
  func below(_ prefix: Path) -> Edit {
    switch self {
    case .append(let path, let elements): .append(prefix + path, elements)
    case .insert(let path, let index, let elements): .insert(prefix + path, after: index, elements)
    case .set(let path, let members): .set(prefix + path, members)
    case .replace(let path, let key, let member): .replace(prefix + path, key, by: member)
    case .remove(let path, let indices, let former):
      .remove(prefix + path, indices, leaving: former)
    case .unset(let path, let keys, let former): .unset(prefix + path, keys, leaving: former)
    case .restore(let path, let key, let member, let text):
      .restore(prefix + path, key, to: member, text: text)
    }
  }

  /// Applies the change to a value. Indices count as they did before any edit of the same text, so
  /// edits that insert or remove come last and from the end.
  func apply(to value: inout JSONValue) {
    switch self {
    case .append(let path, let elements):
      value.change(path) { $0 = .array(($0?.array ?? []) + elements) }
    case .insert(let path, let index, let elements):
      value.change(path) { sequence in
        var all = sequence?.array ?? []
        all.insert(contentsOf: elements, at: min(index + 1, all.count))
        sequence = .array(all)
      }
    case .set(let path, let members):
      value.change(path) { mapping in
        var all = mapping?.object ?? [:]
        for member in members { all[member.key] = member.value }
        mapping = .object(all)
      }
    case .replace(let path, let key, let member), .restore(let path, let key, let member, _):
      value.change(path) { mapping in
        var all = mapping?.object ?? [:]
        all[key] = nil
        all[member.key] = member.value
        mapping = .object(all)
      }
    case .remove(let path, let indices, let former):
      value.change(path) { sequence in
        let all = sequence?.array ?? []
        let rest = all.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
        sequence = rest.isEmpty ? former.value(else: []) : .array(rest)
      }
    case .unset(let path, let keys, let former):
      value.change(path) { mapping in
        let rest = (mapping?.object ?? [:]).filter { !keys.contains($0.key) }
        mapping = rest.isEmpty ? former.value(else: [:]) : .object(rest)
      }
    }
  }
}

extension Edit.Former {
  fileprivate func value(else empty: JSONValue) -> JSONValue? {
    switch self {
    case .collection: empty
    case .absent: nil
    case .null: .null
    }
  }
}
