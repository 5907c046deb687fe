/// Walks over JSON (RFC 8259) without building a tree, for answers of which little is wanted: a
/// shared config map is up to 1.4 MB of JSON, and the memory for a tree of it is not there.
///
/// Reading never traps, and never recurses by itself: values that are passed over may be nested as
/// deep as they like, as `managedFields` are that anybody with access to one object may write.
public struct JSONScanner {
  /// Where a document stops being JSON.
  public enum Failure: Error, Hashable, Sendable {
    /// It is not JSON at this byte, counted from 0.
    case malformed(offset: Int)
    /// The text ended too early: everything read so far is true.
    case truncated
  }

  /// The document.
  public let bytes: [UInt8]
  /// How far it was read.
  public private(set) var position = 0
  private var text: StringText

  /// Begins at the first byte.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    text = StringText()
  }

  // MARK: Structure

  /// Calls `member` with each name of an object; it must read or skip the value.
  public mutating func object(
    _ member: (inout JSONScanner, _ name: String) throws(Failure) -> Void
  ) throws(Failure) {
    try collection(open: "{", close: "}") { scanner throws(Failure) in
      let name = try scanner.string()
      try scanner.expect(":")
      try member(&scanner, name)
    }
  }

  /// Calls `element` at each element of an array; it must read or skip the value.
  public mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try collection(open: "[", close: "]", element)
  }

  /// As ``object(_:)``, but passes over anything else, `null` for instance.
  public mutating func optionalObject(
    _ member: (inout JSONScanner, _ name: String) throws(Failure) -> Void
  ) throws(Failure) {
    guard try peek() == UInt8(ascii: "{") else { return try skip() }
    try object(member)
  }

  /// As ``array(_:)``, but passes over anything else.
  public mutating func optionalArray(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    guard try peek() == UInt8(ascii: "[") else { return try skip() }
    try array(element)
  }

  /// Passes over any value, without decoding anything: every answer names the owners of all fields,
  /// thousands in a large map, and nothing reads them.
  public mutating func skip() throws(Failure) {
    var open = BracketStack()
    while true {
      switch try peek() {
      case UInt8(ascii: "{"):
        if try opens("{", "}") {
          open.push(isObject: true)
          try skipName()
          continue
        }
      case UInt8(ascii: "["):
        if try opens("[", "]") {
          open.push(isObject: false)
          continue
        }
      case UInt8(ascii: "\""): _ = try rawString()
      default: _ = try scalar()
      }
      guard try isAnotherValue(in: &open) else { return }
    }
  }

  /// After a value: closes what ends here.
  /// - Returns: false when nothing is open any more.
  private mutating func isAnotherValue(in open: inout BracketStack) throws(Failure) -> Bool {
    while let isObject = open.last {
      if try goesOn(until: isObject ? "}" : "]") {
        if isObject { try skipName() }
        return true
      }
      open.pop()
    }
    return false
  }

  private mutating func skipName() throws(Failure) {
    _ = try rawString()
    try expect(":")
  }

  /// Nothing but white space may follow.
  public mutating func end() throws(Failure) {
    skipSpace()
    guard position == bytes.count else { throw .malformed(offset: position) }
  }

  private mutating func collection(
    open: Unicode.Scalar, close: Unicode.Scalar,
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    guard try opens(open, close) else { return }
    repeat { try element(&self) } while try goesOn(until: close)
  }

  /// Takes an opening bracket, and the closing one where nothing lies in between.
  /// - Returns: whether an element follows.
  package mutating func opens(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar
  ) throws(Failure) -> Bool {
    try expect(open)
    guard try peek() == UInt8(ascii: close) else { return true }
    position += 1
    return false
  }

  /// Takes what follows an element: a comma or the closing bracket.
  /// - Returns: whether another element follows.
  package mutating func goesOn(until close: Unicode.Scalar) throws(Failure) -> Bool {
    let next = try peek()
    guard next == UInt8(ascii: ",") || next == UInt8(ascii: close) else {
      throw .malformed(offset: position)
    }
    position += 1
    return next == UInt8(ascii: ",")
  }

  // MARK: Scalars

  /// A string, decoded leniently; one longer than the limit (in bytes of the text) is cut.
  public mutating func string(limit: Int = .max) throws(Failure) -> String {
    let raw = try rawString()
    return JSONEscapes.decode(bytes[raw], limit: limit)
  }

  /// The beginning of a string, also of one that the end of the bytes cuts off: what follows then
  /// fails with ``Failure/truncated``. Nil after passing over anything else.
  public mutating func beginningOfString(limit: Int) throws(Failure) -> String? {
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
  public mutating func optionalString(limit: Int = .max) throws(Failure) -> String? {
    guard try peek() == UInt8(ascii: "\"") else {
      try skip()
      return nil
    }
    return try string(limit: limit)
  }

  /// A whole number, or nil after passing over anything else.
  public mutating func optionalInteger() throws(Failure) -> Int? {
    switch try peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["):
      try skip()
      return nil
    default: return Int(String(decoding: bytes[try scalar()], as: UTF8.self))
    }
  }

  /// The place of a string's text between its quotes, escapes and all.
  public mutating func rawString() throws(Failure) -> Range<Int> {
    try expect("\"")
    let start = position
    while true {
      position = text.end(in: bytes, from: position)
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

  /// The place of a number, `true`, `false` or `null`.
  public mutating func scalar() throws(Failure) -> Range<Int> {
    let start = position
    switch try peek() {
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
    return start..<position
  }

  private mutating func word(_ word: String) throws(Failure) {
    let found = bytes[position...].prefix(word.utf8.count)
    guard found.elementsEqual(word.utf8) else {
      if found.count < word.utf8.count, word.utf8.starts(with: found) { throw .truncated }
      throw .malformed(offset: position)
    }
    position += word.utf8.count
  }

  /// `-? ( 0 | [1-9][0-9]* ) ( \. [0-9]+ )? ( [eE] [-+]? [0-9]+ )?`
  private mutating func number() throws(Failure) {
    if current == UInt8(ascii: "-") { position += 1 }
    if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
    if current == UInt8(ascii: ".") {
      position += 1
      try digits()
    }
    if let mark = current, mark | 0x20 == UInt8(ascii: "e") {
      position += 1
      if let sign = current, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        position += 1
      }
      try digits()
    }
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      position += 1
    }
    guard position > start else {
      throw position == bytes.count ? .truncated : .malformed(offset: position)
    }
  }

  // MARK: Bytes

  /// The next byte that is not white space, which stays.
  public mutating func peek() throws(Failure) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw .truncated }
    return bytes[position]
  }

  /// Takes a byte after white space.
  package mutating func expect(_ byte: Unicode.Scalar) throws(Failure) {
    guard try peek() == UInt8(ascii: byte) else { throw .malformed(offset: position) }
    position += 1
  }

  /// The byte at hand; nil at the end.
  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }
}

/// The brackets that are open, a bit for each: a megabyte of them costs 128 KiB.
private struct BracketStack {
  private var words: [UInt64] = []
  private var count = 0

  /// Whether the innermost is an object's; nil when none is open.
  var last: Bool? {
    count == 0 ? nil : words[(count - 1) / 64] >> UInt64((count - 1) % 64) & 1 == 1
  }

  mutating func push(isObject: Bool) {
    if count / 64 == words.count { words.append(0) }
    let bit = UInt64(1) << UInt64(count % 64)
    words[count / 64] = isObject ? words[count / 64] | bit : words[count / 64] & ~bit
    count += 1
  }

  mutating func pop() { count -= 1 }
}
