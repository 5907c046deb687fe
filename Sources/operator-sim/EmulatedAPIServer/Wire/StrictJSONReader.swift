internal import JSON

/// Reads JSON as the API server does: with its error texts, and noticing members that a document
/// sets twice (the last one counts).
///
/// A reader of its own beside the JSON module's: what checks our output must not share our mistakes.
struct StrictJSONReader {
  struct Document {
    var value: JSONValue
    /// Members set more than once, in the order found.
    var duplicates: [Duplicate]
  }

  struct Duplicate: Hashable {
    /// `spec.containers[0].image`
    var path: String
    var key: String
    var line: Int
  }

  struct Failure: Error, Hashable {
    let message: String
  }

  private enum Step {
    case member(String)
    case element(Int)
  }

  /// The document and a NUL.
  private let bytes: [UInt8]
  private let count: Int
  private var index = 0
  private var path: [Step] = []
  private var duplicates: [Duplicate] = []
  /// Paths whose order is asked for, and those of them that were met.
  private var wanted: Set<String> = []
  private var found: [String] = []

  /// Deeper documents are refused, so that hostile ones cannot exhaust the stack.
  private static let maximumDepth = 500

  static func read(_ bytes: [UInt8]) throws(Failure) -> Document {
    var reader = StrictJSONReader(bytes: bytes)
    let value = try reader.value()
    reader.skipSpace()
    if reader.index < reader.count {
      throw reader.unexpected("after top-level value")
    }
    return Document(value: value, duplicates: reader.duplicates)
  }

  /// Sorts paths of members by where a document has them.
  static func inOrder(_ paths: [String], of bytes: [UInt8]) -> [String] {
    if paths.count < 2 { return paths }
    var reader = StrictJSONReader(bytes: bytes)
    reader.wanted = Set(paths)
    guard (try? reader.value()) != nil else { return paths }
    return reader.found
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes + [0]
    count = bytes.count
  }

  private var current: UInt8? { index < count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      index += 1
    }
  }

  private mutating func value() throws(Failure) -> JSONValue {
    skipSpace()
    guard let byte = current else { throw unexpected("") }
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("looking for beginning of value")
    }
  }

  private mutating func object() throws(Failure) -> JSONValue {
    try descend()
    index += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if current == UInt8(ascii: "}") {
      index += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else {
        throw unexpected("looking for beginning of object key string")
      }
      let key = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw unexpected("after object key") }
      index += 1
      path.append(.member(key))
      if !wanted.isEmpty, wanted.remove(pathText) != nil { found.append(pathText) }
      let value = try value()
      if members.updateValue(value, forKey: key) != nil {
        let line = bytes[..<index].count { $0 == UInt8(ascii: "\n") } + 1
        duplicates.append(Duplicate(path: pathText, key: key, line: line))
      }
      path.removeLast()
      skipSpace()
      switch current {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "}"):
        index += 1
        return .object(members)
      default: throw unexpected("after object key:value pair")
      }
    }
  }

  private mutating func array() throws(Failure) -> JSONValue {
    try descend()
    index += 1
    var elements: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      index += 1
      return .array(elements)
    }
    while true {
      path.append(.element(elements.count))
      elements.append(try value())
      path.removeLast()
      skipSpace()
      switch current {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "]"):
        index += 1
        return .array(elements)
      default: throw unexpected("after array element")
      }
    }
  }

  private func descend() throws(Failure) {
    if path.count >= Self.maximumDepth { throw Failure(message: "exceeded max depth") }
  }

  private mutating func literal(_ text: String, _ value: JSONValue) throws(Failure) -> JSONValue {
    for byte in text.utf8 {
      guard current == byte else {
        throw unexpected("in literal \(text) (expecting '\(Character(UnicodeScalar(byte)))')")
      }
      index += 1
    }
    return value
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = index
    if current == UInt8(ascii: "-") { index += 1 }
    if current == UInt8(ascii: "0") { index += 1 } else { try digits("in numeric literal") }
    var isWhole = true
    if current == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      try digits("after decimal point in numeric literal")
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      index += 1
      if let sign = current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
      try digits("in exponent of numeric literal")
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let whole = Int(text) { return .integer(whole) }
    guard let number = Double(text), number.isFinite else {
      throw Failure(message: "json: cannot unmarshal number \(text) into Go value of type float64")
    }
    return .number(number)
  }

  private mutating func digits(_ context: String) throws(Failure) {
    let start = index
    while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
    if index == start { throw unexpected(context) }
  }

  private mutating func string() throws(Failure) -> String {
    index += 1
    let start = index
    index += TextScan.span(bytes, from: index, without: Self.special)
    if current == UInt8(ascii: "\"") {
      defer { index += 1 }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }
    var text = Array(bytes[start..<index])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw unexpected("in string literal")
      default:
        let run = max(1, TextScan.span(bytes, from: index, without: Self.special))
        text += bytes[index..<(index + run)]
        index += run
      }
    }
    throw unexpected("")
  }

  /// What cannot simply be copied out of a string.
  private static let special = "\"\\" + TextScan.controls

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    index += 1
    guard let byte = current else { throw unexpected("") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      try unicodeEscape(into: &text)
      return
    default: throw unexpected("in string escape code")
    }
    index += 1
  }

  /// An unpaired surrogate becomes U+FFFD.
  private mutating func unicodeEscape(into text: inout [UInt8]) throws(Failure) {
    let first = try codeUnit()
    var units = [first]
    if (0xd800..<0xdc00).contains(first), bytes[index...].starts(with: [0x5c, 0x75]) {
      let before = index
      index += 1
      let second = try codeUnit()
      if (0xdc00..<0xe000).contains(second) { units.append(second) } else { index = before }
    }
    text += String(decoding: units, as: UTF16.self).utf8
  }

  /// Reads `uXXXX`.
  private mutating func codeUnit() throws(Failure) -> UInt16 {
    var unit: UInt16 = 0
    index += 1
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw unexpected("in \\u hexadecimal character escape") }
      unit = unit << 4 | UInt16(digit)
      index += 1
    }
    return unit
  }

  private func unexpected(_ context: String) -> Failure {
    guard let byte = current else { return Failure(message: "unexpected end of JSON input") }
    let shown =
      switch byte {
      case UInt8(ascii: "'"): #"'\''"#
      case UInt8(ascii: "\""): "'\"'"
      case UInt8(ascii: "\n"): #"'\n'"#
      case UInt8(ascii: "\t"): #"'\t'"#
      case UInt8(ascii: "\r"): #"'\r'"#
      case 0..<0x20, 0x7f...: "'\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) + "'"
      default: "'\(Character(UnicodeScalar(byte)))'"
      }
    return Failure(message: "invalid character \(shown) \(context)")
  }

  private var pathText: String {
    var text = ""
    for step in path {
      switch step {
      case .member(let name): text += text.isEmpty ? name : ".\(name)"
      case .element(let index): text += "[\(index)]"
      }
    }
    return text
  }
}
