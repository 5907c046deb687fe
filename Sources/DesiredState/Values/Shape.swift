internal import FilelogJSON

/// The form of a Kubernetes structure that is passed through as it is: checked here, so that the
/// user reads of a slip with file and line instead of from an API server.
indirect enum Shape {
  case any
  case bool
  case text(TextRule)
  case word([String])
  case integer(ClosedRange<Int>)
  case list(of: Shape, atLeast: Int)
  case mapping(of: Shape)
  case object(required: [String: Shape], optional: [String: Shape])

  /// Notes everything in which a value differs from the form; a missing value is not a difference.
  /// - Returns: what Kubernetes gets: numbers are texts where it expects a text, as upstream's operator
  ///   has it. Nil for a missing value.
  @discardableResult
  func read(_ reader: ValueReader) -> JSONValue? {
    guard let value = reader.value else { return nil }
    switch self {
    case .any: break
    case .bool: _ = reader.bool(as: .typed)
    case .integer(let range): return reader.integer(in: range).map(JSONValue.integer) ?? value.json
    case .word(let words): Self.check(reader, words)
    case .text(let rule): return reader.text(rule).map(JSONValue.string) ?? value.json
    case .list(let shape, let least):
      let elements = reader.elements()
      if case .list = value.kind, elements.count < least {
        reader.reject(expected: "a list of at least \(least)")
      }
      return .array(elements.compactMap(shape.read))
    case .mapping(let shape):
      return .object(
        reader.members().reduce(into: [:]) { $0[$1.key] = shape.read($1.reader) })
    case .object(let required, let optional):
      let fields = reader.object()
      var members: [String: JSONValue] = [:]
      for (key, shape) in required.sorted(by: { $0.key < $1.key }) where reader.isMapping {
        members[key] = shape.readRequired(fields[key])
      }
      for (key, shape) in optional.sorted(by: { $0.key < $1.key }) {
        members[key] = shape.readOptional(fields[key])
      }
      fields.rejectUnknownKeys()
      return .object(members)
    }
    return value.json
  }

  /// An empty word is Kubernetes' own way to leave it out.
  private func readOptional(_ reader: ValueReader) -> JSONValue? {
    if case .word = self, reader.typing == .printed, reader.isEmptyText { return nil }
    return read(reader)
  }

  private func readRequired(_ reader: ValueReader) -> JSONValue? {
    if case .text(let rule) = self { return .string(reader.requiredText(rule)) }
    if reader.isPresent { return read(reader) }
    reader.reject(expected: summary)
    return nil
  }

  /// What to expect where it is missing.
  private var summary: String {
    switch self {
    case .any: "a value"
    case .bool: "true or false"
    case .text(let rule): rule.expected
    case .word(let words): "one of " + words.joined(separator: ", ")
    case .integer: "a whole number"
    case .list: "a list"
    case .mapping, .object: "a mapping"
    }
  }

  private static func check(_ reader: ValueReader, _ words: [String]) {
    if case .scalar(.string(let text)) = reader.value?.kind, words.contains(text) { return }
    reader.reject(expected: "one of " + words.joined(separator: ", "))
  }
}
