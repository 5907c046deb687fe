internal import FilelogJSON

/// An expression of the Common Expression Language, as far as admission policies of offsets use it:
/// no numbers with a fraction, bytes, time or types; the macros `has`, `all`, `exists` and `filter`.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md
indirect enum CELExpression: Hashable, Sendable {
  case literal(JSONValue)
  case name(String)
  case field(CELExpression, String)
  case has(CELExpression, String)
  case index(CELExpression, CELExpression)
  case list([CELExpression])
  case map([[CELExpression]])
  case not(CELExpression)
  case negative(CELExpression)
  case binary(String, CELExpression, CELExpression)
  case conditional(CELExpression, CELExpression, CELExpression)
  case call(String, [CELExpression])
  /// What holds of the elements of a list, or of the keys of a map.
  case comprehension(String, CELExpression, variable: String, CELExpression)
}

/// Text that is not an expression of this language.
struct CELSyntaxError: Error, Hashable {
  let message: String
}

/// Reads expressions. Their size and depth are bounded.
struct CELParser {
  private static let maximumDepth = 60
  private static let maximumTokens = 10_000
  private static let macros = ["all", "exists", "filter"]

  private enum Token: Hashable {
    case name(String)
    case text(String)
    case number(Int)
    case sign(String)
  }

  private var tokens: ArraySlice<Token>
  private var depth = 0

  static func parse(_ text: String) throws(CELSyntaxError) -> CELExpression {
    var parser = CELParser(tokens: try tokens(text)[...])
    let expression = try parser.conditional()
    guard parser.tokens.isEmpty else { throw parser.unexpected }
    return expression
  }

  private var unexpected: CELSyntaxError {
    CELSyntaxError(message: tokens.first.map { "unexpected \($0)" } ?? "unexpected end")
  }

  // MARK: Words and signs

  private static let signs = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "+", "-", "*", "/", "%", ".", ",",
    "(", ")", "[", "]", "{", "}",
  ]

  private static func tokens(_ text: String) throws(CELSyntaxError) -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    while let first = rest.first {
      guard tokens.count < maximumTokens else { throw CELSyntaxError(message: "too long") }
      if first.isWhitespace {
        rest.removeFirst()
      } else if first == "'" || first == "\"" {
        tokens.append(.text(try string(&rest)))
      } else if first.isASCII, first.isNumber {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { throw CELSyntaxError(message: "number \(digits)") }
        tokens.append(.number(number))
        rest = rest.dropFirst(digits.count)
      } else if first.isASCII, first.isLetter || first == "_" {
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        tokens.append(.name(String(name)))
        rest = rest.dropFirst(name.count)
      } else if let sign = signs.first(where: rest.hasPrefix) {
        tokens.append(.sign(sign))
        rest = rest.dropFirst(sign.count)
      } else {
        throw CELSyntaxError(message: "unexpected \(first)")
      }
    }
    return tokens
  }

  private static func string(_ rest: inout Substring) throws(CELSyntaxError) -> String {
    let quote = rest.removeFirst()
    var text = ""
    while let character = rest.popFirst() {
      if character == quote { return text }
      guard character == "\\" else {
        text.append(character)
        continue
      }
      switch rest.popFirst() {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case let other? where "\\'\"`?".contains(other): text.append(other)
      default: throw CELSyntaxError(message: "unknown escape in a string")
      }
    }
    throw CELSyntaxError(message: "string without an end")
  }

  private mutating func take(_ sign: String) -> Bool {
    guard tokens.first == .sign(sign) else { return false }
    tokens.removeFirst()
    return true
  }

  private mutating func demand(_ sign: String) throws(CELSyntaxError) {
    guard take(sign) else { throw unexpected }
  }

  // MARK: Precedence, from the loosest

  private mutating func conditional() throws(CELSyntaxError) -> CELExpression {
    guard depth < Self.maximumDepth else { throw CELSyntaxError(message: "nested too deep") }
    depth += 1
    defer { depth -= 1 }
    let condition = try binary(0)
    guard take("?") else { return condition }
    let one = try conditional()
    try demand(":")
    return .conditional(condition, one, try conditional())
  }

  private static let levels = [
    ["||"], ["&&"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"],
  ]

  private mutating func binary(_ level: Int) throws(CELSyntaxError) -> CELExpression {
    guard level < Self.levels.count else { return try unary() }
    var left = try binary(level + 1)
    while true {
      if case .sign(let sign)? = tokens.first, Self.levels[level].contains(sign) {
        tokens.removeFirst()
        left = .binary(sign, left, try binary(level + 1))
      } else if level == 2, tokens.first == .name("in") {
        tokens.removeFirst()
        left = .binary("in", left, try binary(level + 1))
      } else {
        return left
      }
    }
  }

  private mutating func unary() throws(CELSyntaxError) -> CELExpression {
    var isNegated = false
    while take("!") { isNegated.toggle() }
    if isNegated { return .not(try unary()) }
    if take("-") { return .negative(try unary()) }
    return try member()
  }

  private mutating func member() throws(CELSyntaxError) -> CELExpression {
    var value = try primary()
    while true {
      if take("[") {
        value = .index(value, try conditional())
        try demand("]")
      } else if take(".") {
        guard case .name(let name)? = tokens.popFirst() else { throw unexpected }
        value = take("(") ? try method(name, of: value) : .field(value, name)
      } else {
        return value
      }
    }
  }

  private mutating func method(
    _ name: String, of target: CELExpression
  ) throws(CELSyntaxError) -> CELExpression {
    let arguments = try list(until: ")")
    guard Self.macros.contains(name) else { return .call(name, [target] + arguments) }
    guard arguments.count == 2, case .name(let variable) = arguments[0] else {
      throw CELSyntaxError(message: "\(name) takes a name and a condition")
    }
    return .comprehension(name, target, variable: variable, arguments[1])
  }

  private mutating func list(until end: String) throws(CELSyntaxError) -> [CELExpression] {
    var elements: [CELExpression] = []
    if take(end) { return elements }
    while true {
      elements.append(try conditional())
      if take(end) { return elements }
      try demand(",")
    }
  }

  private mutating func primary() throws(CELSyntaxError) -> CELExpression {
    guard let token = tokens.first else { throw unexpected }
    switch token {
    case .number(let number):
      tokens.removeFirst()
      return .literal(.integer(number))
    case .text(let text):
      tokens.removeFirst()
      return .literal(.string(text))
    case .name(let name):
      tokens.removeFirst()
      return try named(name)
    case .sign: break
    }
    if take("(") {
      let inner = try conditional()
      try demand(")")
      return inner
    }
    if take("[") { return .list(try list(until: "]")) }
    guard take("{") else { throw unexpected }
    var entries: [[CELExpression]] = []
    while !take("}") {
      if !entries.isEmpty { try demand(",") }
      let key = try conditional()
      try demand(":")
      entries.append([key, try conditional()])
    }
    return .map(entries)
  }

  private mutating func named(_ name: String) throws(CELSyntaxError) -> CELExpression {
    switch name {
    case "true": return .literal(true)
    case "false": return .literal(false)
    case "null": return .literal(.null)
    default: break
    }
    guard take("(") else { return .name(name) }
    let arguments = try list(until: ")")
    guard name == "has" else { return .call(name, arguments) }
    guard arguments.count == 1, case .field(let object, let field) = arguments[0] else {
      throw CELSyntaxError(message: "has takes a field")
    }
    return .has(object, field)
  }
}
