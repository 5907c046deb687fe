/// Whether a text has the form of OTTL: enough to find what every collector refuses, and nothing that
/// one accepts. Names of paths and functions are not looked up, and types not compared.
///
/// Source: github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl, the grammar of 0.156.
struct OTTLSyntax {
  /// Where a text stops being OTTL, in its UTF-8.
  struct Failure: Error, Equatable {
    let offset: Int
    /// What every collector says of a word there.
    var reason: String?
  }

  private enum Kind: Equatable {
    case word, upperWord, text, number, and, or, not, truth, comparison, sum, product
    /// `=`, or a bracket, parenthesis, brace, comma, point or colon.
    case mark(UInt8)
    case end
  }

  private struct Token {
    let kind: Kind
    let start: Int
    let end: Int
  }

  /// What an expression may stand for.
  private enum Meaning {
    case value
    /// A value, or whether something holds.
    case call, flag
    /// Whether something holds, which is not a value.
    case truth
  }

  private let bytes: [UInt8]
  private var tokens: [Token] = []
  private var index = 0
  private var depth = 0

  /// Nested deeper, a text is not looked at: no condition that a person writes is.
  private static let greatestDepth = 64
  private struct TooDeep: Error {}

  /// Nil where the text is a condition as far as is known.
  static func failure(condition text: String) -> Failure? {
    failure(text) { try $0.condition() }
  }

  /// Nil where the text is a statement as far as is known.
  static func failure(statement text: String) -> Failure? {
    failure(text) { try $0.statement() }
  }

  private static func failure(
    _ text: String, _ read: (inout OTTLSyntax) throws -> Void
  ) -> Failure? {
    do {
      var parser = OTTLSyntax(bytes: Array(text.utf8))
      parser.tokens = try parser.scanned()
      try read(&parser)
      guard parser.kind == .end else { throw parser.failure }
      return nil
    } catch {
      return error as? Failure
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }
}

// MARK: - Grammar

extension OTTLSyntax {
  private var kind: Kind { tokens[index].kind }
  private var failure: Failure { Failure(offset: tokens[index].start) }

  private mutating func take(_ wanted: Kind) -> Bool {
    guard kind == wanted else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ wanted: Kind) throws {
    guard take(wanted) else { throw failure }
  }

  private func isMark(_ character: Unicode.Scalar) -> Bool {
    kind == .mark(UInt8(ascii: character))
  }

  private mutating func takeMark(_ character: Unicode.Scalar) -> Bool {
    take(.mark(UInt8(ascii: character)))
  }

  private mutating func expectMark(_ character: Unicode.Scalar) throws {
    try expect(.mark(UInt8(ascii: character)))
  }

  /// `editor(…) where condition`
  private mutating func statement() throws {
    guard kind == .word else { throw failure }
    takeName()
    try arguments()
    guard kind != .end else { return }
    guard isWord("where") else { throw failure }
    index += 1
    try condition()
  }

  private mutating func condition() throws {
    guard try alternatives() != .value else { throw failure }
  }

  private mutating func alternatives() throws -> Meaning {
    var meaning = try conjunction()
    while kind == .or {
      guard meaning != .value else { throw failure }
      index += 1
      guard try conjunction() != .value else { throw failure }
      meaning = .truth
    }
    return meaning
  }

  private mutating func conjunction() throws -> Meaning {
    var meaning = try negation()
    while kind == .and {
      guard meaning != .value else { throw failure }
      index += 1
      guard try negation() != .value else { throw failure }
      meaning = .truth
    }
    return meaning
  }

  private mutating func negation() throws -> Meaning {
    guard take(.not) else { return try comparison() }
    guard try comparison() != .value else { throw failure }
    return .truth
  }

  private mutating func comparison() throws -> Meaning {
    let meaning = try sum()
    guard kind == .comparison else { return meaning }
    guard meaning != .truth else { throw failure }
    index += 1
    _ = try sum()
    return .truth
  }

  private mutating func sum() throws -> Meaning {
    var meaning = try product()
    while take(.sum) {
      _ = try product()
      meaning = .value
    }
    return meaning
  }

  private mutating func product() throws -> Meaning {
    var meaning = try operand()
    while take(.product) {
      _ = try operand()
      meaning = .value
    }
    return meaning
  }

  private mutating func operand() throws -> Meaning {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth else { throw TooDeep() }
    if take(.sum) {
      guard kind != .sum else { throw failure }
      _ = try operand()
      return .value
    }
    switch kind {
    case .text, .number: index += 1
    case .truth:
      index += 1
      return .flag
    case .word: try path()
    case .upperWord:
      takeName()
      guard isMark("(") else { return .value }
      try arguments()
      try keys()
      return .call
    case .mark(UInt8(ascii: "(")):
      index += 1
      let meaning = try alternatives()
      try expectMark(")")
      return meaning
    case .mark(UInt8(ascii: "[")):
      index += 1
      while !takeMark("]") {
        _ = takeMark(",")
        _ = try alternatives()
      }
    case .mark(UInt8(ascii: "{")):
      index += 1
      while !takeMark("}") {
        try expect(.text)
        try expectMark(":")
        _ = try alternatives()
        _ = takeMark(",")
      }
    default: throw failure
    }
    return .value
  }

  /// Paths of other signals, whose records no condition on logs sees.
  private static let otherSignals = ["datapoint", "metric", "profile", "span", "spanevent"]

  /// `resource.attributes["a"][0]`, and `nil`
  private mutating func path() throws {
    let first = tokens[index]
    repeat {
      try expect(.word)
      // A function that begins in lower case changes records, and has no value.
      if isMark("(") { throw Failure(offset: first.start) }
      try keys()
      if isMark("."), tokens[index - 1].start == first.start,
        let name = Self.otherSignals.first(where: {
          bytes[first.start..<first.end].elementsEqual($0.utf8)
        })
      {
        throw Failure(
          offset: first.start, reason: "the path \(name) of another signal than logs")
      }
    } while takeMark(".")
  }

  private mutating func keys() throws {
    while takeMark("[") {
      _ = try alternatives()
      try expectMark("]")
    }
  }

  /// `("a", name = 1, Function)`
  private mutating func arguments() throws {
    try expectMark("(")
    if takeMark(")") { return }
    repeat {
      let start = index
      if kind == .word {
        takeName()
        if !takeMark("=") { index = start }
      }
      _ = try alternatives()
    } while takeMark(",")
    try expectMark(")")
  }

  /// Names are words of upper and lower case by turns.
  private mutating func takeName() {
    while kind == .word || kind == .upperWord { index += 1 }
  }

  private func isWord(_ text: String) -> Bool {
    kind == .word && bytes[tokens[index].start..<tokens[index].end].elementsEqual(text.utf8)
  }
}

// MARK: - Words

extension OTTLSyntax {
  private func scanned() throws -> [Token] {
    var tokens: [Token] = []
    var position = 0
    while position < bytes.count {
      if Self.isSpace(bytes[position]) {
        position += 1
        continue
      }
      let (kind, end) = try token(at: position)
      tokens.append(Token(kind: kind, start: position, end: end))
      position = end
    }
    return tokens + [Token(kind: .end, start: bytes.count, end: bytes.count)]
  }

  private func token(at start: Int) throws -> (Kind, Int) {
    if let end = number(at: start) { return (.number, end) }
    let byte = bytes[start]
    switch byte {
    case UInt8(ascii: "\""): return (.text, try text(at: start))
    case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"):
      let isLong = start + 1 < bytes.count && bytes[start + 1] == UInt8(ascii: "=")
      if byte == UInt8(ascii: "!"), !isLong { throw Failure(offset: start) }
      if byte == UInt8(ascii: "="), !isLong { return (.mark(byte), start + 1) }
      return (.comparison, start + (isLong ? 2 : 1))
    case UInt8(ascii: "+"), UInt8(ascii: "-"): return (.sum, start + 1)
    case UInt8(ascii: "*"), UInt8(ascii: "/"): return (.product, start + 1)
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: ":"):
      return (.mark(byte), start + 1)
    case UInt8(ascii: "a")...UInt8(ascii: "z"):
      for (word, kind) in Self.words where isWhole(word, at: start) {
        return (kind, start + word.utf8.count)
      }
      return (.word, run(from: start) { Self.isLower($0) || Self.isDigit($0) || $0 == 0x5f })
    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return (.upperWord, run(from: start) { Self.isUpper($0) || Self.isDigit($0) || $0 == 0x5f })
    default: throw Failure(offset: start)
    }
  }

  private static let words: [(String, Kind)] = [
    ("not", .not), ("or", .or), ("and", .and), ("true", .truth), ("false", .truth),
  ]

  private func isWhole(_ word: String, at start: Int) -> Bool {
    let end = start + word.utf8.count
    guard bytes[start...].starts(with: word.utf8) else { return false }
    return end == bytes.count
      || !(Self.isLower(bytes[end]) || Self.isUpper(bytes[end]) || Self.isDigit(bytes[end])
        || bytes[end] == 0x5f)
  }

  /// `0xff`, `1`, `.5e3`
  private func number(at start: Int) -> Int? {
    if bytes[start...].starts(with: "0x".utf8) {
      let end = run(from: start + 2) {
        Self.isDigit($0) || (0x61...0x66).contains($0 | 0x20)
      }
      if end > start + 2 { return end }
    }
    let whole = run(from: start, while: Self.isDigit)
    if whole < bytes.count, bytes[whole] == UInt8(ascii: ".") {
      let fraction = run(from: whole + 1, while: Self.isDigit)
      if fraction > whole + 1 || whole > start { return exponent(at: fraction) }
    }
    return whole > start ? whole : nil
  }

  private func exponent(at start: Int) -> Int {
    guard start < bytes.count, bytes[start] | 0x20 == UInt8(ascii: "e") else { return start }
    var position = start + 1
    if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
      position += 1
    }
    let end = run(from: position, while: Self.isDigit)
    return end > position ? end : start
  }

  /// Escapes are those of Go.
  private func text(at start: Int) throws -> Int {
    var position = start + 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""): return position + 1
      case UInt8(ascii: "\\"):
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        guard "abfnrtv\\\"xuU01234567".utf8.contains(next) else {
          throw Failure(
            offset: position,
            reason: "a backslash that escapes nothing in a text (a regular expression needs two)")
        }
        position += 2
      default: position += 1
      }
    }
    throw Failure(offset: start)
  }

  private func run(from start: Int, while matches: (UInt8) -> Bool) -> Int {
    var end = start
    while end < bytes.count, matches(bytes[end]) { end += 1 }
    return end
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    [0x09, 0x0a, 0x0c, 0x0d, 0x20].contains(byte)
  }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
  private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
}
