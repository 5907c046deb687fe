internal import FilelogJSON
internal import FilelogYAML

extension TextEditor {
  /// What stands at a path, and in what.
  struct Place {
    var node: YAMLNode?
    var parent: YAMLNode?
    /// Where the last step is a key.
    var member: YAMLNode.Member?
  }

  func locate(_ path: Path) throws(EditFailure) -> Place {
    var place = Place(node: root)
    for step in path {
      guard let node = place.node, !node.isNull else { return Place() }
      guard !node.extent.isAlias else {
        throw failure(path, node, "stands in an alias; write it out")
      }
      place = Place(node: nil, parent: node)
      switch (step, node.kind) {
      case (.key(let key), .mapping(let members)):
        place.member = members.first { $0.key == key }
        guard place.member?.isMerged != true else {
          throw failure(path, node, "comes from a merge key; write it out")
        }
        place.node = place.member?.value
      case (.index(let index), .sequence(let elements)) where elements.indices.contains(index):
        place.node = elements[index]
      default: break
      }
    }
    if let node = place.node, node.extent.isAlias {
      // The node's own line is that of its anchor.
      let line = Line.number(of: node.extent.bytes.lowerBound, in: text)
      throw EditFailure(line: line, path: path.text, reason: "is an alias; write it out")
    }
    return place
  }

  func sequence(
    _ path: Path
  ) throws(EditFailure) -> (node: YAMLNode, elements: [YAMLNode]) {
    let found = try locate(path).node
    guard let node = found, case .sequence(let elements) = node.kind else {
      throw failure(path, found ?? root, "is not a list")
    }
    return (node, elements)
  }

  func member(_ key: String, _ path: Path) throws(EditFailure) -> YAMLNode.Member {
    guard let member = try locate(path + [.key(key)]).member else {
      throw failure(path, root, "has no member \(key)")
    }
    return member
  }

  /// Behind the colon of a member's key.
  func colon(of member: YAMLNode.Member) -> Int {
    let end = member.keyBytes.upperBound
    return (text[end...].firstIndex(of: UInt8(ascii: ":")) ?? end - 1) + 1
  }

  /// Where the hyphens of a block sequence stand.
  func hyphenColumn(
    _ node: YAMLNode, _ elements: [YAMLNode], _ path: Path
  ) throws(EditFailure) -> Int {
    let hyphen = UInt8(ascii: "-")
    var index = node.extent.bytes.lowerBound
    // An anchor or a tag comes before the first hyphen.
    if text[index] != hyphen {
      index = elements[0].extent.bytes.lowerBound - 1
      while index >= 0, text[index] == UInt8(ascii: " ") { index -= 1 }
    }
    guard index >= 0, text[index] == hyphen else {
      throw failure(path, node, "is a list with an anchor or a tag; write it without")
    }
    return Line.column(of: index, in: text)
  }

  // MARK: Text

  func insertion(at index: Int, _ text: String, _ depth: Int) -> Splice {
    Splice(range: index..<index, text: text, depth: depth)
  }

  func below(_ lines: [String]) -> String {
    lines.map { lineBreak + $0 }.joined()
  }

  func pair(_ member: Member) -> String {
    JSONWriter.compact.string(.string(member.key)) + ": "
      + JSONWriter.compact.string(member.value)
  }

  /// The text inside the brackets of an empty flow collection.
  func fill(_ node: YAMLNode, with contents: [String], _ path: Path) -> Splice {
    // Behind an anchor, if there is one.
    let bytes = node.extent.bytes
    let opening = text[bytes].firstIndex { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    return insertion(
      at: (opening ?? bytes.lowerBound) + 1, contents.joined(separator: ", "), path.count)
  }

  /// What separates a new element of a flow collection from the one before it: a line of its own where
  /// that has one.
  func separator(before last: Range<Int>, in node: YAMLNode) -> String {
    let line = last.lowerBound - Line.column(of: last.lowerBound, in: text)
    guard line > node.extent.bytes.lowerBound else { return ", " }
    let indent = text[line..<last.lowerBound].prefix { $0 == UInt8(ascii: " ") || $0 == 9 }
    return "," + lineBreak + String(decoding: indent, as: UTF8.self)
  }

  func failure(_ path: Path, _ node: YAMLNode, _ reason: String) -> EditFailure {
    EditFailure(line: node.line, path: path.text, reason: reason)
  }
}

extension YAMLNode {
  var isNull: Bool { kind == .scalar(.null) }
}
