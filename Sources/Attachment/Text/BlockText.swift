internal import FilelogJSON
internal import FilelogYAML

/// Writes values as lines of YAML in block style, as people write manifests: `name` comes first.
enum BlockText {
  /// The lines of a value that stands below a key, or is a whole document.
  /// - Precondition: the value is an object or an array with something in it.
  static func lines(_ value: JSONValue, indent: Int) -> [String] {
    switch value {
    case .object(let members): lines(sorted(members), indent: indent)
    case .array(let elements): elements.flatMap { lines(element: $0, indent: indent) }
    default: preconditionFailure("a scalar has no lines")
    }
  }

  /// The lines of members of a mapping, in this order.
  static func lines(_ members: [Member], indent: Int) -> [String] {
    members.flatMap { member -> [String] in
      let key = spaces(indent) + scalar(.string(member.key)) + ":"
      if let literal = literal(member.value, indent: indent + 2) { return [key + " |"] + literal }
      guard !member.value.isEmptyOrScalar else { return [key + " " + scalar(member.value)] }
      let isMapping = member.value.object != nil
      return [key] + lines(member.value, indent: isMapping ? indent + 2 : indent)
    }
  }

  /// The lines of one element of a sequence; the hyphen stands at `indent`.
  static func lines(element: JSONValue, indent: Int) -> [String] {
    let hyphen = spaces(indent) + "- "
    guard !element.isEmptyOrScalar else { return [hyphen + scalar(element)] }
    var below = lines(element, indent: indent + 2)
    below[0] = hyphen + below[0].dropFirst(indent + 2)
    return below
  }

  /// The lines of a text that ends in one line break and needs no escape.
  private static func literal(_ value: JSONValue, indent: Int) -> [String]? {
    guard let text = value.string, text.hasSuffix("\n"), !text.hasPrefix(" "),
      text.utf8.allSatisfy({ $0 == Line.feed || (0x20..<0x7f).contains($0) })
    else { return nil }
    let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.allSatisfy({ !$0.isEmpty && $0.last != " " }) else { return nil }
    return lines.map { spaces(indent) + $0 }
  }

  /// A scalar, or an empty collection, on one line.
  static func scalar(_ value: JSONValue) -> String {
    guard case .string(let text) = value else { return JSONWriter.compact.string(value) }
    if YAML.isPlain(text) { return text }
    // JSON in double quotes would be all backslashes.
    if text.utf8.contains(UInt8(ascii: "\"")), text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) })
    {
      return "'"
        + text.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "''") + "'"
    }
    return JSONWriter.compact.string(value)
  }

  private static func sorted(_ members: [String: JSONValue]) -> [Member] {
    members.map { Member($0.key, $0.value) }.sorted {
      (rank($0.key), $0.key) < (rank($1.key), $1.key)
    }
  }

  private static func rank(_ key: String) -> Int {
    ["apiVersion", "kind", "metadata", "name"].firstIndex(of: key) ?? .max
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension JSONValue {
  /// Whether the value stands on one line in block style.
  fileprivate var isEmptyOrScalar: Bool { object?.isEmpty ?? array?.isEmpty ?? true }
}
