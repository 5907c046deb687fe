internal import JSON

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

  /// Notes everything in which a value differs from the form; a missing value is no difference.
  func check(_ reader: ValueReader) {
    guard reader.isPresent else { return }
    switch self {
    case .any: break
    case .bool: _ = reader.bool()
    case .text(let rule): _ = reader.text(rule, isStrict: true)
    case .word(let words): Self.check(reader, words)
    case .integer(let range): _ = reader.integer(in: range)
    case .list(let shape, let least): Self.check(reader, shape, atLeast: least)
    case .mapping(let shape):
      for (_, member) in reader.members() { shape.check(member) }
    case .object(let required, let optional):
      let fields = reader.object()
      for (key, shape) in required.sorted(by: { $0.key < $1.key }) {
        if reader.isMapping { shape.checkRequired(fields[key]) }
      }
      for (key, shape) in optional.sorted(by: { $0.key < $1.key }) { shape.check(fields[key]) }
      fields.rejectUnknownKeys()
    }
  }

  private func checkRequired(_ reader: ValueReader) {
    if case .text(let rule) = self {
      _ = reader.requiredText(rule, isStrict: true)
    } else if reader.isPresent {
      check(reader)
    } else {
      reader.reject(expected: summary)
    }
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
    reader.reject(expected: "one of " + words.filter { !$0.isEmpty }.joined(separator: ", "))
  }

  private static func check(_ reader: ValueReader, _ shape: Shape, atLeast least: Int) {
    let elements = reader.elements()
    if case .list = reader.value?.kind, elements.count < least {
      reader.reject(expected: "a list of at least \(least)")
    }
    for element in elements { shape.check(element) }
  }
}
