internal import FilelogCommandLine
internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML

/// What is wrong with a scenario file, each problem a line with its place.
final class FileProblems {
  private let file: String
  private var found: [(line: Int, text: String)] = []

  init(file: String) { self.file = file }

  /// `scenario.yaml:12: steps[2].for`
  func place(_ line: Int, _ key: String) -> String {
    key.isEmpty ? "\(file):\(line)" : "\(file):\(line): \(key)"
  }

  func add(_ line: Int, _ key: String, _ text: String) {
    found.append((line, "\(place(line, key)): \(text)"))
  }

  /// Throws all of them, in the order of the file.
  func check() throws(SimulationError) {
    guard !found.isEmpty else { return }
    let lines = found.enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }
    throw SimulationError(lines.map(\.element.text).joined(separator: "\n"))
  }
}

/// A value of a scenario file, with its key. What it should be and is not is noted; reading goes on
/// with nil, and nothing is built from it.
struct FileValue {
  let node: YAMLNode
  let key: String
  let problems: FileProblems

  init(_ node: YAMLNode, key: String, problems: FileProblems) {
    self.node = node
    self.key = key
    self.problems = problems
  }

  var place: String { problems.place(node.line, key) }

  /// Neither a list nor a mapping.
  var isScalar: Bool {
    switch node.kind {
    case .scalar: true
    case .sequence, .mapping: false
    }
  }

  func reject(expected: String) {
    problems.add(node.line, key, "found \(summary), expected \(expected)")
  }

  /// One word or number, or a list of them; a true flag is an empty text.
  func words() -> [String]? {
    if case .sequence(let elements) = node.kind {
      let words = elements.map { Self.word($0.value) }
      if !words.contains(nil) { return words.compactMap { $0 } }
    } else if case .scalar(.bool(let isSet)) = node.kind {
      return isSet ? [""] : []
    } else if let word = Self.word(node.value) {
      return [word]
    }
    reject(expected: "a text, a number, true or false, or a list of texts")
    return nil
  }

  private static func word(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    default: nil
    }
  }

  /// A line for people, which comes to terminals and pages.
  func text() -> String? {
    guard case .scalar(.string(let text)) = node.kind, !text.isEmpty else {
      reject(expected: "a text")
      return nil
    }
    let unprintable: Set<Unicode.GeneralCategory> = [
      .control, .format, .lineSeparator, .paragraphSeparator,
    ]
    guard
      !text.unicodeScalars.contains(where: { unprintable.contains($0.properties.generalCategory) })
    else {
      reject(expected: "one line without control characters")
      return nil
    }
    return text
  }

  /// One of several words.
  func choice<Word: CaseIterable & RawRepresentable<String>>() -> Word? {
    if case .scalar(.string(let text)) = node.kind, let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    if case .scalar(.string(let text)) = node.kind,
      let meant = Spelling.closest(to: text, among: words)
    {
      problems.add(node.line, key, "found \(summary), did you mean \(meant)?")
    } else {
      reject(expected: "one of \(words.joined(separator: ", "))")
    }
    return nil
  }

  /// A list of texts, not empty.
  func texts() -> [String]? {
    if case .sequence(let elements) = node.kind, !elements.isEmpty {
      let texts = elements.compactMap(\.value.string)
      if texts.count == elements.count { return texts }
    }
    reject(expected: "a list of texts")
    return nil
  }

  func flag() -> Bool? {
    if case .scalar(.bool(let flag)) = node.kind { return flag }
    reject(expected: "true or false")
    return nil
  }

  func integer(in range: ClosedRange<Int>) -> Int? {
    if case .scalar(.integer(let number)) = node.kind, range.contains(number) { return number }
    reject(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  /// At most a day: no user waits longer, and sums of times stay far from an overflow.
  func time() -> Duration? {
    if case .scalar(.string(let text)) = node.kind, let time = Duration(text: text),
      time <= .seconds(86_400)
    {
      return time
    }
    reject(expected: "a time like 250ms, 5s, 2m or 1h, at most 24h")
    return nil
  }

  func elements() -> [FileValue]? {
    if case .sequence(let elements) = node.kind {
      return elements.enumerated().map { index, element in
        FileValue(element, key: "\(key)[\(index)]", problems: problems)
      }
    }
    reject(expected: "a list")
    return nil
  }

  func members() -> [(key: String, value: FileValue)] {
    if case .mapping(let members) = node.kind {
      return members.map { member in
        let path = key.isEmpty ? member.key : "\(key).\(member.key)"
        return (member.key, FileValue(member.value, key: path, problems: problems))
      }
    }
    reject(expected: "a mapping")
    return []
  }

  private var summary: String {
    switch node.kind {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(.string(let text)): "\"\(text.prefix(60))\""
    case .scalar(.null): "nothing"
    case .scalar(let value): JSONWriter.compact.string(value)
    }
  }
}

/// A mapping of a scenario file, of which every key must have been asked for.
final class FileMapping {
  private let value: FileValue
  private let members: [(key: String, value: FileValue)]
  private var known: Set<String> = []

  init(_ value: FileValue) {
    self.value = value
    members = value.members()
  }

  subscript(_ key: String) -> FileValue? {
    known.insert(key)
    return members.first { $0.key == key }?.value
  }

  /// What must be there.
  func required(_ key: String, expected: String) -> FileValue? {
    if let value = self[key] { return value }
    // Of something that is not a mapping at all, that was reported.
    guard case .mapping = value.node.kind else { return nil }
    let path = value.key.isEmpty ? key : "\(value.key).\(key)"
    value.problems.add(value.node.line, path, "found nothing, expected \(expected)")
    return nil
  }

  /// To be called last.
  func rejectUnknownKeys() {
    for (key, value) in members where !known.contains(key) {
      let meant = Spelling.closest(to: key, among: known).map { "did you mean \($0)?" }
      value.problems.add(
        value.node.line, value.key,
        "found an unknown key, "
          + (meant ?? "expected one of \(known.sorted().joined(separator: ", "))"))
    }
  }
}
