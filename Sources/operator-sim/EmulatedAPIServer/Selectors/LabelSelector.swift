internal import FilelogJSON

/// `labelSelector`: `app=x,tier in (a,b),!legacy`.
struct LabelSelector: Sendable {
  private enum Term {
    case exists(String)
    case isAbsent(String)
    case isIn(String, [String])
    case notIn(String, [String])
  }

  private var terms: [Term] = []

  var isEmpty: Bool { terms.isEmpty }

  init(_ text: String) throws(APIStatus) {
    var tokens = Tokens(text)
    while tokens.current != nil {
      terms.append(try Self.term(&tokens))
      guard let separator = tokens.next() else { return }
      guard separator == "," else {
        throw tokens.unexpected(separator, "',' or 'end of string'")
      }
      if tokens.current == nil { throw tokens.unexpected("", "identifier after ','") }
    }
  }

  func matches(_ object: JSONValue) -> Bool {
    let labels = object["metadata"]?["labels"]
    func value(_ key: String) -> String? { labels?[key]?.string }
    return terms.allSatisfy { term in
      switch term {
      case .exists(let key): value(key) != nil
      case .isAbsent(let key): value(key) == nil
      case .isIn(let key, let values): value(key).map(values.contains) ?? false
      case .notIn(let key, let values): value(key).map { !values.contains($0) } ?? true
      }
    }
  }

  /// The text taken apart into words and signs.
  private struct Tokens {
    private var rest: ArraySlice<String>

    init(_ text: String) {
      var tokens: [String] = []
      var word = ""
      func finish() {
        if !word.isEmpty { tokens.append(word) }
        word = ""
      }
      for character in text {
        switch character {
        case " ", "\t", "\n", "\r": finish()
        case ",", "(", ")":
          finish()
          tokens.append(String(character))
        case "=" where word.isEmpty && ["=", "!"].contains(tokens.last):
          tokens[tokens.count - 1] += "="
        case "=", "!":
          finish()
          tokens.append(String(character))
        default: word.append(character)
        }
      }
      finish()
      rest = tokens[...]
    }

    var current: String? { rest.first }

    mutating func next() -> String? { rest.popFirst() }

    func unexpected(_ found: String, _ expected: String) -> APIStatus {
      .badRequest("unable to parse requirement: found '\(found)', expected: \(expected)")
    }
  }

  private static let signs = ["=", "==", "!=", "!", ",", "(", ")"]

  private static func term(_ tokens: inout Tokens) throws(APIStatus) -> Term {
    var isNegated = false
    if tokens.current == "!" {
      _ = tokens.next()
      isNegated = true
    }
    let key = tokens.next() ?? ""
    if key.isEmpty || signs.contains(key) { throw tokens.unexpected(key, "identifier") }
    if let problem = Names.qualifiedNameProblems(key).first {
      throw .badRequest(
        "unable to parse requirement: <nil>: Invalid value: \(GoText.quoted(key)): \(problem)")
    }
    if isNegated { return .isAbsent(key) }
    switch tokens.current {
    case nil, ",": return .exists(key)
    case "=", "==":
      _ = tokens.next()
      return .isIn(key, [try value(&tokens)])
    case "!=":
      _ = tokens.next()
      return .notIn(key, [try value(&tokens)])
    case "in":
      _ = tokens.next()
      return .isIn(key, try values(&tokens))
    case "notin":
      _ = tokens.next()
      return .notIn(key, try values(&tokens))
    case let other?:
      throw tokens.unexpected(other, "in, notin, =, ==, !=")
    }
  }

  private static func value(_ tokens: inout Tokens) throws(APIStatus) -> String {
    guard let text = tokens.current, text != "," else { return "" }
    _ = tokens.next()
    if signs.contains(text) { throw tokens.unexpected(text, "identifier") }
    return try checked(text)
  }

  private static func values(_ tokens: inout Tokens) throws(APIStatus) -> [String] {
    let open = tokens.next() ?? ""
    if open != "(" { throw tokens.unexpected(open, "'('") }
    var values: [String] = []
    while true {
      let text = tokens.next() ?? ""
      switch text {
      case ")": return values.isEmpty ? [""] : values
      case ",": continue
      case "": throw tokens.unexpected("", "',', ')' or identifier")
      default: values.append(try checked(text))
      }
    }
  }

  private static func checked(_ value: String) throws(APIStatus) -> String {
    if let problem = Names.labelValueProblems(value).first {
      throw .badRequest(
        "unable to parse requirement: values[0]: Invalid value: \(GoText.quoted(value)): "
          + problem)
    }
    return value
  }
}
