/// Descends through one document, a level of nesting per call.
struct JSONParser {
  /// Deeper documents are refused, so that a hostile one cannot exhaust the stack.
  private static let depthLimit = 512

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw refusal }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try .object(members())
    case UInt8(ascii: "["): return try .array(elements())
    case UInt8(ascii: "\""): return try .string(string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  // MARK: Nesting

  private mutating func members() throws(JSONError) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    try list(until: "}") { parser throws(JSONError) in
      parser.skipSpace()
      let name = try parser.string()
      parser.skipSpace()
      try parser.take(":")
      members[name] = try parser.value()
    }
    return members
  }

  private mutating func elements() throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try list(until: "]") { parser throws(JSONError) in elements.append(try parser.value()) }
    return elements
  }

  /// What stands between the bracket at hand and the one that closes it.
  private mutating func list(
    until close: Unicode.Scalar, _ element: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard depth < Self.depthLimit else { throw refusal }
    depth += 1
    defer { depth -= 1 }
    position += 1
    skipSpace()
    if next == UInt8(ascii: close) {
      position += 1
      return
    }
    while true {
      try element(&self)
      skipSpace()
      if next == UInt8(ascii: close) { break }
      try take(",")
    }
    position += 1
  }

  // MARK: Text

  private mutating func string() throws(JSONError) -> String {
    try take("\"")
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    // Most strings have no escape, and need no copy.
    let plain = bytes[start..<position]
    guard next != UInt8(ascii: "\"") else {
      position += 1
      return try text(plain, from: start)
    }
    return try text(unescaped(after: plain), from: start)
  }

  private func text(_ bytes: some Collection<UInt8>, from start: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONError(offset: start)
    }
    return text
  }

  /// The bytes of a string up to its closing quote, which is passed over.
  private mutating func unescaped(after plain: ArraySlice<UInt8>) throws(JSONError) -> [UInt8] {
    var text = Array(plain)
    while let byte = next, byte >= 0x20 {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      default: text.append(byte)
      }
    }
    throw refusal
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    let kind = next
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind ?? 0)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "u"): text += String(try scalar()).utf8
    default:
      position -= 1
      throw refusal
    }
  }

  /// The scalar of one `\u` escape, or of the two that are needed beyond U+FFFF.
  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    let start = position
    var code = try codeUnit()
    if (0xd800..<0xdc00).contains(code) {
      try take("\\")
      try take("u")
      let low = try codeUnit()
      guard (0xdc00..<0xe000).contains(low) else { throw JSONError(offset: start) }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw JSONError(offset: start) }
    return scalar
  }

  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw refusal
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  // MARK: Numbers and words

  /// `-? ( 0 | [1-9][0-9]* ) ( \. [0-9]+ )? ( [eE] [-+]? [0-9]+ )?`
  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    let whole = bytes[start..<position]
    if next == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if let mark = next, mark | 0x20 == UInt8(ascii: "e") {
      position += 1
      if let sign = next, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
      try digits()
    }
    if whole.endIndex == position, let integer = Int(String(decoding: whole, as: UTF8.self)) {
      return .integer(integer)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let number = Double(text), number.isFinite else { throw JSONError(offset: start) }
    return Int(exactly: number).map { .integer($0) } ?? .number(number)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw refusal }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw refusal }
    position += word.utf8.count
    return value
  }

  // MARK: Bytes

  /// The byte at hand; nil at the end.
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private var refusal: JSONError { JSONError(offset: position) }

  private mutating func take(_ byte: Unicode.Scalar) throws(JSONError) {
    guard next == UInt8(ascii: byte) else { throw refusal }
    position += 1
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      position += 1
    }
  }
}
