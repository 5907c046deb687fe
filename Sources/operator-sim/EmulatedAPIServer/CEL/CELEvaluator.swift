internal import FilelogJSON

/// What is known while expressions of one policy are evaluated for one request.
///
/// Each step costs; a request may cost so much and no more.
struct CELEvaluator {
  /// Why there is no value, in the words of an API server where it has some.
  struct Failure: Error, Hashable {
    let message: String
  }

  /// `request`, `object` and `oldObject`.
  let roots: [String: JSONValue]
  /// The policy's own variables in their order: each sees those before it.
  let definitions: [(name: String, expression: CELExpression)]
  private var known: [String: JSONValue] = [:]
  private var locals: [String: JSONValue] = [:]
  private var steps = 0

  /// About as much as an API server allows one request: a map of 20,000 keys passes.
  static let maximumSteps = 2_000_000

  init(roots: [String: JSONValue], definitions: [(name: String, expression: CELExpression)]) {
    self.roots = roots
    self.definitions = definitions
  }

  mutating func bool(_ expression: CELExpression) throws(Failure) -> Bool {
    guard case .bool(let flag) = try value(expression) else { throw Self.overload }
    return flag
  }

  private static let overload = Failure(message: "no such overload")

  private mutating func spend(_ cost: Int = 1) throws(Failure) {
    steps += cost
    if steps > Self.maximumSteps {
      throw Failure(message: "operation cancelled: actual cost limit exceeded")
    }
  }

  mutating func value(_ expression: CELExpression) throws(Failure) -> JSONValue {
    try spend()
    switch expression {
    case .literal(let value): return value
    case .name(let name):
      guard let value = locals[name] ?? roots[name] else {
        throw Failure(message: "undeclared reference to '\(name)'")
      }
      return value
    case .field(.name("variables"), let name): return try variable(name)
    case .field(let object, let name):
      guard let member = try value(object)[name] else {
        throw Failure(message: "no such key: \(name)")
      }
      return member
    case .has(let object, let name):
      guard case .object(let members) = try value(object) else { throw Self.overload }
      return .bool((members[name] ?? .null) != .null)
    case .index(let container, let index): return try element(value(container), value(index))
    case .list(let elements):
      var list: [JSONValue] = []
      for element in elements { list.append(try value(element)) }
      return .array(list)
    case .map(let entries):
      var members: [String: JSONValue] = [:]
      for entry in entries {
        guard case .string(let key) = try value(entry[0]) else { throw Self.overload }
        members[key] = try value(entry[1])
      }
      return .object(members)
    case .not(let operand): return .bool(try !bool(operand))
    case .negative(let operand):
      guard case .integer(let number) = try value(operand) else { throw Self.overload }
      return .integer(0 &- number)
    case .conditional(let condition, let one, let other):
      return try value(bool(condition) ? one : other)
    case .binary("&&", let one, let other): return .bool(try both(one, other, shortcut: false))
    case .binary("||", let one, let other): return .bool(try both(one, other, shortcut: true))
    case .binary(let sign, let one, let other):
      return try combined(sign, value(one), value(other))
    case .call(let name, let arguments):
      var values: [JSONValue] = []
      for argument in arguments { values.append(try value(argument)) }
      return try CELFunctions.call(name, values)
    case .comprehension(let kind, let range, let variable, let condition):
      return try comprehension(kind, value(range), variable, condition)
    }
  }

  private mutating func variable(_ name: String) throws(Failure) -> JSONValue {
    if let value = known[name] { return value }
    guard let position = definitions.firstIndex(where: { $0.name == name }) else {
      throw Failure(message: "undefined field '\(name)'")
    }
    // Sees only what is defined before it, so that none can mean itself.
    var inner = CELEvaluator(roots: roots, definitions: Array(definitions[..<position]))
    inner.known = known
    inner.steps = steps
    defer { steps = inner.steps }
    let value = try inner.value(definitions[position].expression)
    known = inner.known
    known[name] = value
    return value
  }

  /// `&&` and `||`: where one side decides, an error of the other does not matter.
  private mutating func both(
    _ one: CELExpression, _ other: CELExpression, shortcut: Bool
  ) throws(Failure) -> Bool {
    let first: Bool
    do throws(Failure) {
      first = try bool(one)
    } catch {
      if try bool(other) == shortcut { return shortcut }
      throw error
    }
    return first == shortcut ? shortcut : try bool(other)
  }

  private func element(_ container: JSONValue, _ index: JSONValue) throws(Failure) -> JSONValue {
    switch (container, index) {
    case (.object(let members), .string(let key)):
      guard let member = members[key] else { throw Failure(message: "no such key: \(key)") }
      return member
    case (.array(let elements), .integer(let index)):
      guard elements.indices.contains(index) else {
        throw Failure(message: "index out of bounds: \(index)")
      }
      return elements[index]
    default: throw Self.overload
    }
  }

  private mutating func combined(
    _ sign: String, _ one: JSONValue, _ other: JSONValue
  ) throws(Failure) -> JSONValue {
    switch (sign, one, other) {
    case ("==", _, _), ("!=", _, _):
      try spend(CELFunctions.weight(one))
      return .bool((one == other) == (sign == "=="))
    case ("in", .string(let key), .object(let members)): return .bool(members[key] != nil)
    case ("in", _, .array(let elements)):
      try spend(elements.count)
      return .bool(elements.contains(one))
    case ("+", .string(let one), .string(let other)):
      try spend((one.utf8.count + other.utf8.count) / 10)
      return .string(one + other)
    case ("+", .array(let one), .array(let other)):
      try spend(one.count + other.count)
      return .array(one + other)
    case (_, .integer(let one), .integer(let other)):
      return try CELFunctions.calculated(sign, one, other)
    case ("<", .string(let one), .string(let other)): return .bool(one < other)
    case (">", .string(let one), .string(let other)): return .bool(one > other)
    default: throw Self.overload
    }
  }

  private mutating func comprehension(
    _ kind: String, _ range: JSONValue, _ variable: String, _ condition: CELExpression
  ) throws(Failure) -> JSONValue {
    let elements: [JSONValue]
    switch range {
    case .array(let list): elements = list
    case .object(let members): elements = members.keys.sorted().map { .string($0) }
    default: throw Self.overload
    }
    let outer = locals[variable]
    defer { locals[variable] = outer }
    var kept: [JSONValue] = []
    for element in elements {
      locals[variable] = element
      switch (kind, try bool(condition)) {
      case ("all", false): return false
      case ("exists", true): return true
      case ("filter", true): kept.append(element)
      default: break
      }
    }
    return kind == "filter" ? .array(kept) : .bool(kind == "all")
  }
}

/// The functions of expressions.
enum CELFunctions {
  private typealias Failure = CELEvaluator.Failure

  static func call(
    _ name: String, _ arguments: [JSONValue]
  ) throws(CELEvaluator.Failure) -> JSONValue {
    let first = arguments.first ?? .null
    let second = arguments.count > 1 ? arguments[1] : .null
    switch (name, first, second) {
    case ("size", .string(let text), _): return .integer(text.unicodeScalars.count)
    case ("size", .array(let elements), _): return .integer(elements.count)
    case ("size", .object(let members), _): return .integer(members.count)
    case ("startsWith", .string(let text), .string(let part)): return .bool(text.hasPrefix(part))
    case ("endsWith", .string(let text), .string(let part)): return .bool(text.hasSuffix(part))
    case ("contains", .string(let text), .string(let part)): return .bool(text.contains(part))
    case ("matches", .string(let text), .string(let pattern)):
      guard let regex = try? Regex(pattern) else {
        throw Failure(message: "error parsing regexp: `\(pattern)`")
      }
      return .bool((try? regex.firstMatch(in: text)) != nil)
    case ("split", .string(let text), .string(let separator)) where separator.count == 1:
      let parts = text.split(separator: Character(separator), omittingEmptySubsequences: false)
      return .array(parts.map { .string(String($0)) })
    case ("substring", .string(let text), .integer(let start)):
      let scalars = text.unicodeScalars
      let end = arguments.count > 2 ? arguments[2].integer ?? -1 : scalars.count
      guard start >= 0, start <= end, end <= scalars.count else {
        throw Failure(message: "index out of range: \(start)")
      }
      return .string(String(String.UnicodeScalarView(scalars.dropFirst(start).prefix(end - start))))
    case ("int", .string(let text), _):
      guard let number = Int(text) else { throw Failure(message: "type conversion error") }
      return .integer(number)
    case ("int", .integer, _), ("string", .string, _): return first
    case ("string", .integer(let number), _): return .string(String(number))
    default: throw Failure(message: "no such overload: \(name)")
    }
  }

  static func calculated(
    _ sign: String, _ one: Int, _ other: Int
  ) throws(CELEvaluator.Failure) -> JSONValue {
    let (value, overflows): (Int, Bool)
    switch sign {
    case "<": return .bool(one < other)
    case "<=": return .bool(one <= other)
    case ">": return .bool(one > other)
    case ">=": return .bool(one >= other)
    case "+": (value, overflows) = one.addingReportingOverflow(other)
    case "-": (value, overflows) = one.subtractingReportingOverflow(other)
    case "*": (value, overflows) = one.multipliedReportingOverflow(by: other)
    case "/": (value, overflows) = one.dividedReportingOverflow(by: other)
    default: (value, overflows) = one.remainderReportingOverflow(dividingBy: other)
    }
    if overflows { throw Failure(message: "integer overflow") }
    return .integer(value)
  }

  /// What comparing a value costs.
  static func weight(_ value: JSONValue) -> Int {
    switch value {
    case .object(let members): members.count
    case .array(let elements): elements.count
    default: 0
    }
  }
}
