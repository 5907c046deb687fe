internal import FilelogJSON

/// One argument of assignments in Helm's notation: `a.b=1,a.list[0].c=x,a.words={x,y}`, with a
/// backslash before a dot, comma or bracket that is meant as itself.
struct SetExpression {
  /// One assignment of the expression.
  struct Assignment: Equatable {
    let path: [Step]
    let value: Value
  }

  enum Step: Equatable {
    case member(String)
    case element(Int)
  }

  enum Value: Equatable {
    case scalar(JSONValue)
    case list([JSONValue])
    /// Any JSON.
    case tree(JSONValue)
  }

  /// How values are written.
  enum Notation {
    /// `true`, `false`, `null` and whole numbers are what they look like; the rest is text.
    case typed
    /// Everything is text.
    case text
    /// Values are JSON.
    case json
  }

  /// What is wrong with an expression, without the value, which may be a token.
  struct SyntaxError: Error, Equatable {
    let found: String
    let expected: String
  }

  /// The highest index accepted: far more than any list here, far less than what hurts.
  private static let highestIndex = 1000
  /// As deep as values files may be; what reads the tree later calls itself once for each level.
  private static let greatestDepth = 100

  private var rest: Substring
  private let notation: Notation

  private init(_ text: String, _ notation: Notation) {
    rest = text[...]
    self.notation = notation
  }

  static func parse(
    _ text: String, _ notation: Notation = .typed
  ) throws(SyntaxError) -> [Assignment] {
    var parser = SetExpression(text, notation)
    var assignments: [Assignment] = []
    repeat {
      assignments.append(try parser.assignment(isFirst: assignments.isEmpty))
    } while parser.take(",") && !parser.rest.isEmpty
    return assignments
  }

  /// A path alone: `a.list[0].c`.
  /// - Parameter value: what stands behind it on a command line.
  static func path(_ text: String, before value: String) throws(SyntaxError) -> [Step] {
    var parser = SetExpression(text, .text)
    let path = try parser.path(text[...])
    guard parser.rest.isEmpty else { throw parser.error(at: text[...], "key.path=\(value)") }
    return path
  }

  private mutating func assignment(isFirst: Bool) throws(SyntaxError) -> Assignment {
    let start = rest
    let path = try path(start)
    guard take("=") else {
      if isFirst { throw error(at: start, "key.path=value") }
      // Most likely the rest of a value, perhaps of a token.
      throw SyntaxError(
        found: "no \"=\" after a comma",
        expected: "key.path=value, or \"\\,\" for a comma in a value")
    }
    return Assignment(path: path, value: try value(start))
  }

  private mutating func path(_ start: Substring) throws(SyntaxError) -> [Step] {
    var path: [Step] = []
    repeat {
      let key = word(until: [".", "[", "=", ","])
      guard !key.isEmpty else {
        throw SyntaxError(found: SourcedValue.quote(""), expected: "a key before \"=\"")
      }
      path.append(.member(key))
      while take("["), path.count <= Self.greatestDepth { path.append(.element(try index(start))) }
      guard path.count <= Self.greatestDepth else {
        throw error(at: start, "at most \(Self.greatestDepth) keys and indexes")
      }
    } while take(".")
    return path
  }

  private mutating func index(_ start: Substring) throws(SyntaxError) -> Int {
    let digits = word(until: ["]"])
    guard take("]"), let index = Int(digits), (0...Self.highestIndex).contains(index) else {
      throw error(at: start, "an index from 0 to \(Self.highestIndex) between [ and ]")
    }
    return index
  }

  private mutating func value(_ start: Substring) throws(SyntaxError) -> Value {
    if notation == .json { return .tree(try json(start)) }
    guard take("{") else { return .scalar(scalar(word(until: [","]))) }
    var elements: [JSONValue] = []
    if take("}") { return .list(elements) }
    repeat { elements.append(scalar(word(until: [",", "}"]))) } while take(",")
    guard take("}") else { throw error(at: start, "a } at the end of the list") }
    return .list(elements)
  }

  /// A value that ends at the next comma outside of lists, objects and texts.
  private mutating func json(_ start: Substring) throws(SyntaxError) -> JSONValue {
    var depth = 0
    var isText = false
    var isEscaped = false
    let end = rest.firstIndex { character in
      defer { isEscaped = isText && character == "\\" && !isEscaped }
      if character == "\"", !isEscaped { isText.toggle() }
      guard !isText else { return false }
      if character == "{" || character == "[" { depth += 1 }
      if character == "}" || character == "]" { depth -= 1 }
      return character == "," && depth == 0
    }
    let text = rest[..<(end ?? rest.endIndex)]
    rest = rest[text.endIndex...]
    guard let value = try? JSONValue(parsing: Array(text.utf8)) else {
      throw SyntaxError(found: "a value that is not JSON", expected: "key.path=JSON")
    }
    return value
  }

  private func scalar(_ text: String) -> JSONValue {
    notation == .text ? .string(text) : Self.typed(text)
  }

  /// Helm's typing: `true`, `false`, `null` and whole numbers; everything else is text.
  private static func typed(_ text: String) -> JSONValue {
    switch text.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "0": return .integer(0)
    default:
      guard let number = Int(text), !text.hasPrefix("0") else {
        return .string(text)
      }
      return .integer(number)
    }
  }

  private mutating func word(until ends: Set<Character>) -> String {
    var word = ""
    while let character = rest.first, !ends.contains(character) {
      rest.removeFirst()
      if character == "\\", let escaped = rest.popFirst() {
        word.append(escaped)
      } else {
        word.append(character)
      }
    }
    return word
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private func error(at start: Substring, _ expected: String) -> SyntaxError {
    let key = start.prefix { $0 != "=" }
    return SyntaxError(found: SourcedValue.quote(String(key)), expected: expected)
  }
}

extension SourcedValue {
  /// The tree with one more value in it, by which lists grow and missing mappings appear.
  func setting(
    _ path: ArraySlice<SetExpression.Step>, to value: SetExpression.Value, _ origin: Origin
  ) -> SourcedValue {
    guard let step = path.first else {
      switch value {
      case .scalar(let scalar): return SourcedValue(.scalar(scalar), origin)
      case .list(let elements):
        return SourcedValue(.list(elements.map { SourcedValue(.scalar($0), origin) }), origin)
      case .tree(let tree): return SourcedValue(tree, origin)
      }
    }
    let missing = SourcedValue(.scalar(.null), origin)
    switch step {
    case .member(let key):
      var members: [String: SourcedValue] = [:]
      if case .mapping(let existing) = kind { members = existing }
      members[key] = (members[key] ?? missing).setting(path.dropFirst(), to: value, origin)
      return SourcedValue(.mapping(members), self.origin)
    case .element(let index):
      var elements: [SourcedValue] = []
      if case .list(let existing) = kind { elements = existing }
      while elements.count <= index { elements.append(missing) }
      elements[index] = elements[index].setting(path.dropFirst(), to: value, origin)
      return SourcedValue(.list(elements), self.origin)
    }
  }
}
