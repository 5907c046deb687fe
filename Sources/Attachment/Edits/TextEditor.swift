internal import FilelogJSON
internal import FilelogYAML

/// Says which bytes of a document an edit changes. Everything else of the document stays as it is:
/// comments, the order of keys, quotes, white space.
struct TextEditor {
  let text: [UInt8]
  let root: YAMLNode
  let lineBreak: String

  init(_ text: [UInt8], _ root: YAMLNode) {
    self.text = text
    self.root = root
    lineBreak = Line.lineBreak(of: text)
  }

  /// The splices of one edit, against the text as it is.
  func splices(for edit: Edit) throws(EditFailure) -> [Splice] {
    switch edit {
    case .append(let path, let elements): try append(elements, to: path)
    case .insert(let path, let index, let elements): try insert(elements, into: path, after: index)
    case .set(let path, let members): try set(members, in: path)
    case .replace(let path, let key, let member): try replace(key, in: path, by: member)
    case .remove(let path, let indices, let former):
      try remove(indices, from: path, leaving: former)
    case .unset(let path, let keys, let former): try unset(keys, in: path, leaving: former)
    case .restore(let path, let key, let member, let text):
      try restore(key, in: path, to: member, text)
    }
  }

  // MARK: Additions

  private func append(_ elements: [JSONValue], to path: Path) throws(EditFailure) -> [Splice] {
    let place = try locate(path)
    guard let node = place.node, !node.isNull else {
      return try make(.array(elements), at: path, place)
    }
    guard case .sequence(let existing) = node.kind else {
      throw failure(path, node, "is not a list")
    }
    guard existing.isEmpty else {
      return try insert(elements, into: path, after: existing.count - 1)
    }
    return [fill(node, with: elements.map(JSONWriter.compact.string), path)]
  }

  /// - Parameter index: of the element that they come behind; -1: before the first.
  private func insert(
    _ elements: [JSONValue], into path: Path, after index: Int
  ) throws(EditFailure) -> [Splice] {
    let (node, existing) = try sequence(path)
    if index < 0 { return [try insertFirst(elements, into: path, node, existing)] }
    let last = existing[index].extent.bytes
    if node.extent.isFlow {
      let text = elements.map { separator(before: last, in: node) + JSONWriter.compact.string($0) }
      return [insertion(at: last.upperBound, text.joined(), path.count)]
    }
    let indent = try hyphenColumn(node, existing, path)
    let lines = elements.flatMap { BlockText.lines(element: $0, indent: indent) }
    return [insertion(at: Line.end(after: last, in: text), below(lines), path.count)]
  }

  /// Right below the key, so that comments stay with the element that was the first.
  private func insertFirst(
    _ elements: [JSONValue], into path: Path, _ node: YAMLNode, _ existing: [YAMLNode]
  ) throws(EditFailure) -> Splice {
    guard let first = existing.first?.extent.bytes, let member = try locate(path).member else {
      throw failure(path, node, "is not a list with elements")
    }
    if node.extent.isFlow {
      let text = elements.map { JSONWriter.compact.string($0) + separator(before: first, in: node) }
      return insertion(at: first.lowerBound, text.joined(), path.count)
    }
    let indent = try hyphenColumn(node, existing, path)
    let lines = elements.flatMap { BlockText.lines(element: $0, indent: indent) }
    let key = member.keyBytes.lowerBound..<colon(of: member)
    return insertion(at: Line.end(after: key, in: text), below(lines), path.count)
  }

  private func set(_ members: [Member], in path: Path) throws(EditFailure) -> [Splice] {
    let place = try locate(path)
    guard let node = place.node, !node.isNull else {
      let value = JSONValue.object(
        Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
      return try make(value, at: path, place)
    }
    guard case .mapping(let existing) = node.kind else {
      throw failure(path, node, "is not a mapping")
    }
    let own = existing.filter { !$0.isMerged }
    if node.extent.isFlow {
      let pairs = members.map(pair)
      guard let last = own.map(\.value.extent.bytes).max(by: { $0.upperBound < $1.upperBound })
      else { return [fill(node, with: pairs, path)] }
      let text = pairs.map { separator(before: last, in: node) + $0 }
      return [insertion(at: last.upperBound, text.joined(), path.count)]
    }
    guard let first = own.first else {
      throw failure(path, node, "holds nothing but a merge key; write its members out")
    }
    let indent = Line.column(of: first.keyBytes.lowerBound, in: text)
    let lines = BlockText.lines(members, indent: indent)
    return [insertion(at: Line.end(after: node.extent.bytes, in: text), below(lines), path.count)]
  }

  /// A collection where there was none: the key is absent, or its value is null.
  private func make(
    _ value: JSONValue, at path: Path, _ place: Place
  ) throws(EditFailure) -> [Splice] {
    guard case .key(let key) = path.last, let parent = place.parent else {
      throw failure(path, place.node ?? root, "is missing")
    }
    guard let member = place.member else {
      return try set([Member(key, value)], in: path.dropLast())
    }
    let null = colon(of: member)..<member.value.extent.bytes.upperBound
    if parent.extent.isFlow {
      return [Splice(range: null, text: " " + JSONWriter.compact.string(value))]
    }
    let column = Line.column(of: member.keyBytes.lowerBound, in: text)
    let lines = BlockText.lines(value, indent: value.array == nil ? column + 2 : column)
    let end = Line.end(after: member.keyBytes.lowerBound..<null.upperBound, in: text)
    let erasure = null.isEmpty ? [] : [Splice(range: null, text: "")]
    return erasure + [insertion(at: end, below(lines), path.count)]
  }

  // MARK: Replacements

  /// The bytes of a member, which a replacement of it has to keep somewhere.
  func memberText(_ key: String, in path: Path) throws(EditFailure) -> String {
    String(decoding: text[memberRange(try member(key, path))], as: UTF8.self)
  }

  /// The bytes of a null behind its key's colon.
  func nullText(_ path: Path) throws(EditFailure) -> String {
    guard let member = try locate(path).member else { return "" }
    return String(
      decoding: text[colon(of: member)..<member.value.extent.bytes.upperBound], as: UTF8.self)
  }

  private func replace(
    _ key: String, in path: Path, by new: Member
  ) throws(EditFailure) -> [Splice] {
    let old = try member(key, path)
    let range = memberRange(old)
    guard try locate(path).node?.extent.isFlow != true else {
      return [Splice(range: range, text: pair(new))]
    }
    let indent = Line.column(of: old.keyBytes.lowerBound, in: text)
    let lines = BlockText.lines([new], indent: indent).joined(separator: lineBreak)
    return [Splice(range: range, text: String(lines.dropFirst(indent)))]
  }

  private func restore(
    _ key: String, in path: Path, to member: Member, _ original: String
  ) throws(EditFailure) -> [Splice] {
    guard !original.isEmpty else { return try replace(key, in: path, by: member) }
    return [Splice(range: memberRange(try self.member(key, path)), text: original)]
  }

  private func memberRange(_ member: YAMLNode.Member) -> Range<Int> {
    let start = member.keyBytes.lowerBound
    let bytes = start..<max(start, member.value.extent.bytes.upperBound)
    // A block scalar ends behind its line breaks.
    let end = text[bytes].last == Line.feed ? Line.end(after: bytes, in: text) : bytes.upperBound
    return start..<end
  }

  // MARK: Removals

  private func remove(
    _ indices: Set<Int>, from path: Path, leaving former: Edit.Former
  ) throws(EditFailure) -> [Splice] {
    let (node, elements) = try sequence(path)
    if indices.count == elements.count {
      return try empty(path, node, elements.map(\.extent.bytes), "[]", former)
    }
    if node.extent.isFlow { return cut(indices, of: elements.map(\.extent.bytes)) }
    return try indices.sorted().map { (index) throws(EditFailure) in
      try cutLines(elements[index].extent.bytes, path)
    }
  }

  private func unset(
    _ keys: Set<String>, in path: Path, leaving former: Edit.Former
  ) throws(EditFailure) -> [Splice] {
    guard let node = try locate(path).node, case .mapping(let members) = node.kind else {
      return []
    }
    let bytes = members.map { $0.keyBytes.lowerBound..<$0.value.extent.bytes.upperBound }
    let indices = Set(members.indices.filter { keys.contains(members[$0].key) })
    if indices.count == members.count { return try empty(path, node, bytes, "{}", former) }
    if node.extent.isFlow { return cut(indices, of: bytes) }
    return try indices.sorted().map { (index) throws(EditFailure) in
      try cutLines(bytes[index], path)
    }
  }

  /// Takes everything out of a collection.
  private func empty(
    _ path: Path, _ node: YAMLNode, _ contents: [Range<Int>], _ brackets: String,
    _ former: Edit.Former
  ) throws(EditFailure) -> [Splice] {
    if case .absent = former, case .key(let key) = path.last {
      return try unset([key], in: path.dropLast(), leaving: .collection)
    }
    guard let first = contents.first, let last = contents.last, let member = try locate(path).member
    else { return [] }
    let inside = first.lowerBound..<last.upperBound
    if case .null(let null) = former {
      if node.extent.isFlow {
        return [Splice(range: colon(of: member)..<node.extent.bytes.upperBound, text: null)]
      }
      return [try cutLines(inside, path), insertion(at: colon(of: member), null, path.count)]
    }
    if node.extent.isFlow { return [Splice(range: inside, text: "")] }
    return [
      try cutLines(inside, path), insertion(at: colon(of: member), " " + brackets, path.count),
    ]
  }

  /// Takes runs of neighbours out of a flow collection, with the commas that belong to them.
  private func cut(_ indices: Set<Int>, of contents: [Range<Int>]) -> [Splice] {
    var splices: [Splice] = []
    for index in indices.sorted() where !indices.contains(index - 1) {
      let next = (index...).first { !indices.contains($0) } ?? contents.count
      let range =
        index > 0
        ? contents[index - 1].upperBound..<contents[next - 1].upperBound
        : contents[index].lowerBound..<contents[next].lowerBound
      splices.append(Splice(range: range, text: ""))
    }
    return splices
  }

  /// Takes whole lines out, the line break before them included.
  private func cutLines(_ bytes: Range<Int>, _ path: Path) throws(EditFailure) -> Splice {
    guard let start = Line.endOfPrevious(bytes.lowerBound, in: text) else {
      throw failure(path, root, "begins in the first line of the document")
    }
    return Splice(range: start..<max(start, Line.end(after: bytes, in: text)), text: "")
  }
}
