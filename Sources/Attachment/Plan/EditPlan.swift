internal import FilelogJSON
internal import FilelogYAML

/// Collects edits of one object, and how to take each of them back.
struct EditPlan {
  private let object: StreamObject
  private let editor: TextEditor
  private(set) var edits: [Edit] = []
  private(set) var record = AttachmentRecord()

  /// - Parameter text: of the document that the object stands in.
  init(_ object: StreamObject, text: [UInt8], root: YAMLNode) {
    self.object = object
    editor = TextEditor(text, root)
  }

  /// Adds elements to a list.
  /// - Parameter patterns: what tells them from others later; nil: their names.
  mutating func append(
    _ elements: [JSONValue], to path: Path, patterns: [JSONValue]? = nil
  ) throws(EditFailure) {
    guard !elements.isEmpty else { return }
    // A missing parent is made with it.
    if path.count > 1, object.value[path: path.dropLast()]?.object == nil {
      return try set([Member(path.lastKey, .array(elements))], in: Array(path.dropLast()))
    }
    let patterns = patterns ?? elements.map { ["name": $0["name"] ?? .null] }
    edits.append(.append(path, elements))
    note(.elements(patterns, try former(path)), at: path)
  }

  /// Adds elements with names before the first of a list that has some.
  mutating func prepend(_ elements: [JSONValue], to path: Path) {
    edits.append(.insert(path, after: -1, elements))
    note(.elements(elements.map { ["name": $0["name"] ?? .null] }, .collection), at: path)
  }

  /// Adds members to a mapping.
  mutating func set(_ members: [Member], in path: Path) throws(EditFailure) {
    if path.count > 1, object.value[path: path.dropLast()]?.object == nil {
      let inner = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
      return try set([Member(path.lastKey, .object(inner))], in: Array(path.dropLast()))
    }
    edits.append(.set(path, members))
    note(.members(members.map(\.key), try former(path)), at: path)
  }

  /// Puts a member into the place of another one.
  mutating func replace(_ key: String, in path: Path, by member: Member) throws(EditFailure) {
    let text = try editor.memberText(key, in: object.prefix + path)
    edits.append(.replace(path, key, by: member))
    let original = Member(key, object.value[path: path]?[key] ?? .null)
    note(.member(member.key, original: original, text: text), at: path)
  }

  /// Adds the record itself, last.
  mutating func seal() throws(EditFailure) {
    let path: Path = ["metadata", "annotations"]
    let key = AttachmentRecord.annotation
    note(.members([key], try former(path)), at: path)
    edits.append(.set(path, [Member(key, .string(record.text))]))
  }

  private func former(_ path: Path) throws(EditFailure) -> Edit.Former {
    switch object.value[path: path] {
    case nil: .absent
    case .null?: .null(text: try editor.nullText(object.prefix + path))
    default: .collection
    }
  }

  private mutating func note(_ change: AttachmentRecord.Change, at path: Path) {
    record.undo.append(.init(path: selectors(path), change: change))
  }

  /// Elements of lists by their names, which stay when indices change.
  private func selectors(_ path: Path) -> [AttachmentRecord.Selector] {
    path.indices.map { index in
      switch path[index] {
      case .key(let key): .key(key)
      case .index:
        .named(object.value[path: Array(path[...index])]?["name"]?.string ?? "")
      }
    }
  }
}

extension Path {
  /// The key that it ends with.
  fileprivate var lastKey: String {
    if case .key(let key)? = last { key } else { "" }
  }
}
