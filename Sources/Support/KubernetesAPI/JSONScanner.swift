/// Walks over JSON without building a tree, for answers of which little is wanted: a shared config
/// map is up to 1.4 MB of JSON, and the memory for a tree of it is not there.
///
/// Reading never traps and recurses at most ``depthLimit`` levels.
struct JSONScanner {
  enum Failure: Error, Hashable {
    case malformed(offset: Int)
    /// The text ended too early: everything read so far is true.
    case truncated
  }

  static let depthLimit = 64

  let bytes: [UInt8]
  private(set) var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  // MARK: Structure

  /// Calls `member` with each name of an object; it must read or skip the value.
  mutating func object(
    _ member: (inout JSONScanner, _ name: String) throws(Failure) -> Void
  ) throws(Failure) {
    try collection(open: "{", close: "}") { scanner throws(Failure) in
      let name = try scanner.string()
      try scanner.expect(":")
      try member(&scanner, name)
    }
  }

  /// Calls `element` at each element of an array; it must read or skip the value.
  mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try collection(open: "[", close: "]", element)
  }

  /// Passes over any value.
  mutating func skip() throws(Failure) {
    switch try peek() {
    case UInt8(ascii: "{"): try skipCollection(close: UInt8(ascii: "}"))
    case UInt8(ascii: "["): try skipCollection(close: UInt8(ascii: "]"))
    case UInt8(ascii: "\""): _ = try rawString()
    default: _ = try word()
    }
  }

  /// As ``object(_:)`` and ``array(_:)`` without decoding anything: every answer names the owners of
  /// all fields, thousands in a large map, and nobody reads them.
  private mutating func skipCollection(close: UInt8) throws(Failure) {
    position += 1
    guard depth < Self.depthLimit else { throw .malformed(offset: position) }
    depth += 1
    defer { depth -= 1 }
    if try peek() == close {
      position += 1
      return
    }
    while true {
      if close == UInt8(ascii: "}") {
        _ = try rawString()
        try expect(":")
      }
      try skip()
      let next = try peek()
      position += 1
      if next == close { return }
      guard next == UInt8(ascii: ",") else { throw .malformed(offset: position - 1) }
    }
  }

  /// Nothing but white space may follow.
  mutating func end() throws(Failure) {
    skipSpace()
    guard position == bytes.count else { throw .malformed(offset: position) }
  }

  private mutating func collection(
    open: Unicode.Scalar, close: Unicode.Scalar,
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try expect(open)
    guard depth < Self.depthLimit else { throw .malformed(offset: position) }
    depth += 1
    defer { depth -= 1 }
    if try peek() == UInt8(ascii: close) {
      position += 1
      return
    }
    while true {
      try element(&self)
      let next = try peek()
      position += 1
      if next == UInt8(ascii: close) { return }
      guard next == UInt8(ascii: ",") else { throw .malformed(offset: position - 1) }
    }
  }

  // MARK: Scalars

  /// A string, decoded; one longer than the limit (in bytes of the text) is cut.
  mutating func string(limit: Int = .max) throws(Failure) -> String {
    let raw = try rawString()
    return JSONEscapes.decode(bytes[raw], limit: limit)
  }

  /// The beginning of a string, also of one that the end of the bytes cuts off: what follows then
  /// fails with ``Failure/truncated``. Nil after passing over anything else.
  mutating func beginningOfString(limit: Int) throws(Failure) -> String? {
    guard try peek() == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    let start = position + 1
    do {
      return try string(limit: limit)
    } catch {
      guard error == .truncated else { throw error }
      return JSONEscapes.decode(bytes[start...], limit: limit)
    }
  }

  /// A string, or nil after passing over anything else.
  mutating func optionalString(limit: Int = .max) throws(Failure) -> String? {
    guard try peek() == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    return try string(limit: limit)
  }

  /// A whole number, or nil after passing over anything else.
  mutating func optionalInteger() throws(Failure) -> Int? {
    switch try peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["):
      try skip()
      return nil
    default: return Int(try word())
    }
  }

  /// The place of a string's text between its quotes, escapes and all.
  mutating func rawString() throws(Failure) -> Range<Int> {
    try expect("\"")
    let start = position
    var text = StringText(bytes)
    while true {
      position = text.end(from: position)
      guard position < bytes.count else { break }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<position - 1
      case UInt8(ascii: "\\"): position += 2
      default: throw .malformed(offset: position)
      }
    }
    position = bytes.count
    throw .truncated
  }

  /// A number, `true`, `false` or `null`.
  private mutating func word() throws(Failure) -> String {
    let start = position
    while position < bytes.count, Self.isPartOfWord(bytes[position]) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    if ["true", "false", "null"].contains(word) { return word }
    if !word.utf8.contains(where: Self.isLetterOfNoNumber), Double(word) != nil { return word }
    if position == bytes.count { throw .truncated }
    throw .malformed(offset: start)
  }

  private static func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Keeps out what Swift takes for numbers and JSON does not: `nan`, `infinity`, `0x1p3`.
  private static func isLetterOfNoNumber(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte != UInt8(ascii: "e")
  }

  // MARK: Bytes

  /// The next byte that is not white space, which stays.
  mutating func peek() throws(Failure) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw .truncated }
    return bytes[position]
  }

  private mutating func expect(_ byte: Unicode.Scalar) throws(Failure) {
    guard try peek() == UInt8(ascii: byte) else { throw .malformed(offset: position) }
    position += 1
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }
}
