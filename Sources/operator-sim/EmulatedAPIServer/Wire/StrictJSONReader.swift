internal import FilelogJSON

/// Reads JSON as the API server does: with its error texts, and noticing members that a document
/// sets twice (the last one counts). What is open lies on a stack in the heap.
struct StrictJSONReader {
  struct Document {
    var value: JSONValue
    /// Members set more than once, in the order found.
    var duplicates: [Duplicate] = []
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

  /// An array or object whose end is not reached.
  private struct Frame {
    let isObject: Bool
    var elements: [JSONValue] = []
    var members: [String: JSONValue] = [:]
    /// Of the member whose value comes next.
    var name = ""
  }

  private var scanner: JSONScanner
  private var open: [Frame] = []
  private var duplicates: [Duplicate] = []
  /// Paths whose order is asked for, and those of them that were met.
  private var wanted: Set<String> = []
  private var found: [String] = []
  /// What is being read, in the words of an error.
  private var context = ""

  static func read(_ bytes: [UInt8]) throws(Failure) -> Document {
    var reader = StrictJSONReader(scanner: JSONScanner(bytes))
    do {
      let value = try reader.value()
      reader.context = "after top-level value"
      try reader.scanner.end()
      return Document(value: value, duplicates: reader.duplicates)
    } catch let failure as Failure {
      throw failure
    } catch JSONScanner.Failure.malformed(let offset) {
      throw reader.unexpected(offset)
    } catch {
      throw reader.unexpected(bytes.count)
    }
  }

  /// Sorts paths of members by where a document has them.
  static func inOrder(_ paths: [String], of bytes: [UInt8]) -> [String] {
    if paths.count < 2 { return paths }
    var reader = StrictJSONReader(scanner: JSONScanner(bytes), wanted: Set(paths))
    guard (try? reader.value()) != nil else { return paths }
    return reader.found
  }

  private mutating func value() throws -> JSONValue {
    while true {
      guard var value = try scalarOrEmpty() else { continue }
      while let top = open.indices.last {
        let isObject = open[top].isObject
        if !isObject {
          open[top].elements.append(value)
        } else if open[top].members.updateValue(value, forKey: open[top].name) != nil {
          let line = scanner.bytes[..<scanner.position].count { $0 == UInt8(ascii: "\n") } + 1
          duplicates.append(Duplicate(path: path, key: open[top].name, line: line))
        }
        context = isObject ? "after object key:value pair" : "after array element"
        if try scanner.goesOn(until: isObject ? "}" : "]") {
          if isObject { try readName() }
          break
        }
        let closed = open.removeLast()
        value = isObject ? .object(closed.members) : .array(closed.elements)
      }
      if open.isEmpty { return value }
    }
  }

  /// A value without values in it; nil after the bracket of one that has some.
  private mutating func scalarOrEmpty() throws -> JSONValue? {
    context = "looking for beginning of value"
    switch try scanner.peek() {
    case UInt8(ascii: "{"):
      guard try begins("{", "}") else { return .object([:]) }
      open.append(Frame(isObject: true))
      try readName()
      return nil
    case UInt8(ascii: "["):
      guard try begins("[", "]") else { return .array([]) }
      open.append(Frame(isObject: false))
      return nil
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected(scanner.position)
    }
  }

  private mutating func begins(_ first: Unicode.Scalar, _ last: Unicode.Scalar) throws -> Bool {
    if open.count >= JSONValue.depthLimit { throw Failure(message: "exceeded max depth") }
    return try scanner.opens(first, last)
  }

  private mutating func readName() throws {
    context = "looking for beginning of object key string"
    guard try scanner.peek() == UInt8(ascii: "\"") else { throw unexpected(scanner.position) }
    open[open.count - 1].name = try string()
    context = "after object key"
    try scanner.expect(":")
    if !wanted.isEmpty, wanted.remove(path) != nil { found.append(path) }
  }

  /// Where the value is that comes next.
  private var path: String {
    open.reduce("") { path, frame in
      frame.isObject
        ? path + (path.isEmpty ? "" : ".") + frame.name : path + "[\(frame.elements.count)]"
    }
  }

  private mutating func literal(_ text: String, _ value: JSONValue) throws -> JSONValue {
    let common = zip(scanner.bytes[scanner.position...], text.utf8).prefix { $0 == $1 }.count
    if common < text.utf8.count {
      let expected = text.dropFirst(common).prefix(1)
      context = "in literal \(text) (expecting '\(expected)')"
      throw unexpected(scanner.position + common)
    }
    _ = try scanner.scalar()
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = scanner.position
    context = "in numeric literal"
    do {
      let text = String(decoding: scanner.bytes[try scanner.scalar()], as: UTF8.self)
      if let whole = Int(text) { return .integer(whole) }
      if let number = Double(text), number.isFinite { return .number(number) }
      throw Failure(message: "json: cannot unmarshal number \(text) into Go value of type float64")
    } catch let error as JSONScanner.Failure {
      let taken = scanner.bytes[start..<scanner.position]
      if taken.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
        context = "in exponent of numeric literal"
      } else if taken.last == UInt8(ascii: ".") {
        context = "after decimal point in numeric literal"
      }
      throw error
    }
  }

  /// Damaged UTF-8 and an unpaired surrogate become U+FFFD.
  private mutating func string() throws -> String {
    context = "in string literal"
    let text = scanner.bytes[try scanner.rawString()]
    if let place = JSONEscapes.firstUnknown(in: text) {
      context =
        text[..<place].last == UInt8(ascii: "\\")
        ? "in string escape code" : "in \\u hexadecimal character escape"
      throw unexpected(place)
    }
    return JSONEscapes.decode(text)
  }

  private func unexpected(_ place: Int) -> Failure {
    guard place < scanner.bytes.count else {
      return Failure(message: "unexpected end of JSON input")
    }
    let byte = scanner.bytes[place]
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
}
