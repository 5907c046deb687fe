internal import FilelogJSON

/// What attaching did to an object, in an annotation of it: all that detaching needs to know.
struct AttachmentRecord: Hashable, Sendable {
  /// The annotation of the object itself.
  static let annotation = "filelog-offset-sync/attached"
  /// The annotation of objects that were added: `daemonset/agent`.
  static let ownerAnnotation = "filelog-offset-sync/attached-to"
  /// The annotation of the pods, so that a change of what is injected rolls them out.
  static let hashAnnotation = "filelog-offset-sync/hash"
  /// What this version writes, and the newest that it can take back.
  static let version = 1

  var undo: [Undo] = []

  /// One step back.
  struct Undo: Hashable, Sendable {
    let path: [Selector]
    let change: Change
  }

  /// One step of a path: a key, or the element of a list with this name, since indices change.
  enum Selector: Hashable, Sendable {
    case key(String)
    case named(String)
  }

  enum Change: Hashable, Sendable {
    /// Elements that were added to a list: scalars as they are, objects by some of their members.
    case elements([JSONValue], Edit.Former)
    /// Members that were added to a mapping.
    case members([String], Edit.Former)
    /// A member, and the one that it took the place of, with the text that it was.
    case member(String, original: Member, text: String)
  }
}

// MARK: - As an annotation

extension AttachmentRecord {
  var text: String {
    let steps = undo.map { step -> JSONValue in
      var members: [String: JSONValue] = ["at": .array(step.path.map(\.json))]
      switch step.change {
      case .elements(let elements, let former):
        members["elements"] = .array(elements)
        members["was"] = former.json
      case .members(let keys, let former):
        members["members"] = .array(keys.map(JSONValue.string))
        members["was"] = former.json
      case .member(let key, let original, let text):
        members["member"] = .string(key)
        members["original"] = .object([original.key: original.value])
        members["text"] = .string(text)
      }
      return .object(members)
    }
    return JSONWriter.compact.string(
      ["version": .integer(Self.version), "undo": .array(steps)])
  }

  struct Unreadable: Error {
    let reason: String
  }

  init(_ text: String) throws(Unreadable) {
    guard let json = try? JSONValue(parsing: text), let version = json["version"]?.integer else {
      throw Unreadable(
        reason: "is not a record of attach; remove it, or apply the original manifests")
    }
    guard version <= Self.version else {
      throw Unreadable(
        reason: "was written by a newer version (\(version)); use operator-sim of that version")
    }
    for step in json["undo"]?.array ?? [] {
      guard let path = step["at"]?.array?.compactMap(Selector.init),
        path.count == step["at"]?.array?.count, let change = Change(step)
      else {
        throw Unreadable(reason: "is damaged; apply the original manifests")
      }
      undo.append(Undo(path: path, change: change))
    }
  }
}

extension AttachmentRecord.Selector {
  fileprivate var json: JSONValue {
    switch self {
    case .key(let key): .string(key)
    case .named(let name): ["name": .string(name)]
    }
  }

  fileprivate init?(_ json: JSONValue) {
    if let key = json.string {
      self = .key(key)
    } else if let name = json["name"]?.string {
      self = .named(name)
    } else {
      return nil
    }
  }
}

extension AttachmentRecord.Change {
  fileprivate init?(_ json: JSONValue) {
    if let elements = json["elements"]?.array, let former = Edit.Former(json["was"]) {
      self = .elements(elements, former)
    } else if let keys = json["members"]?.array, let former = Edit.Former(json["was"]) {
      self = .members(keys.compactMap(\.string), former)
    } else if let key = json["member"]?.string, let original = json["original"]?.object,
      original.count == 1, let only = original.first
    {
      self = .member(
        key, original: Member(only.key, only.value), text: json["text"]?.string ?? "")
    } else {
      return nil
    }
  }
}

extension Edit.Former {
  fileprivate var json: JSONValue? {
    switch self {
    case .collection: nil
    case .absent: "absent"
    case .null(let text): ["null": .string(text)]
    }
  }

  fileprivate init?(_ json: JSONValue?) {
    switch json {
    case nil: self = .collection
    case .string("absent")?: self = .absent
    case .object(let members)?:
      guard let text = members["null"]?.string else { return nil }
      self = .null(text: text)
    default: return nil
    }
  }
}

// MARK: - Taking back

extension AttachmentRecord {
  /// The edits that take back what is still there; what was changed since then is left alone.
  func edits(of object: JSONValue) -> [Edit] {
    undo.compactMap { step -> Edit? in
      guard let path = Self.resolve(step.path, in: object) else { return nil }
      switch step.change {
      case .elements(let added, let former):
        let elements = object[path: path]?.array ?? []
        let indices = elements.indices.filter { index in
          added.contains { Self.matches(elements[index], $0) }
        }
        return indices.isEmpty ? nil : .remove(path, Set(indices), leaving: former)
      case .members(let keys, let former):
        let present = keys.filter { object[path: path]?[$0] != nil }
        return present.isEmpty ? nil : .unset(path, Set(present), leaving: former)
      case .member(let key, let original, let text):
        guard object[path: path]?[key] != nil else { return nil }
        return .restore(path, key, to: original, text: text)
      }
    }
  }

  private static func resolve(_ selectors: [Selector], in object: JSONValue) -> Path? {
    var path: Path = []
    for selector in selectors {
      switch selector {
      case .key(let key): path.append(.key(key))
      case .named(let name):
        let elements = object[path: path]?.array ?? []
        guard let index = elements.firstIndex(where: { $0["name"]?.string == name }) else {
          return nil
        }
        path.append(.index(index))
      }
    }
    return path
  }

  private static func matches(_ element: JSONValue, _ pattern: JSONValue) -> Bool {
    guard let wanted = pattern.object, let found = element.object else { return element == pattern }
    return wanted.allSatisfy { found[$0.key] == $0.value }
  }
}
