/// Text that is not JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where reading stopped, counted in bytes from 0; for a damaged text its beginning. The input is
  /// not repeated: it may hold secrets.
  public let offset: Int

  public var description: String { "not JSON at byte \(offset)" }
}

extension JSONValue {
  /// The most levels of nesting that are read: what Go's decoder takes, and so any API server.
  public static let depthLimit = 10_000

  /// Reads one JSON document as RFC 8259 has it.
  ///
  /// Nesting is bounded by ``depthLimit`` and takes no stack, memory is a small multiple of the
  /// input. Whole numbers that fit become ``integer(_:)``, however they are written. Of a member that
  /// is there twice, the last counts.
  /// - Throws: ``JSONError`` when the bytes are not one JSON document in UTF-8.
  public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
    var parser = JSONParser(Array(bytes))
    self = try parser.document()
  }

  /// Reads one JSON document from text.
  public init(parsing text: String) throws(JSONError) {
    var parser = JSONParser(Array(text.utf8))
    self = try parser.document()
  }
}

/// Builds the tree of one document; what is open lies on a stack in the heap.
private struct JSONParser {
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

  init(_ bytes: [UInt8]) { scanner = JSONScanner(bytes) }

  mutating func document() throws(JSONError) -> JSONValue {
    do {
      let value = try value()
      try scanner.end()
      return value
    } catch {
      switch error {
      case .malformed(let offset): throw JSONError(offset: offset)
      case .truncated: throw JSONError(offset: scanner.bytes.count)
      }
    }
  }

  private mutating func value() throws(JSONScanner.Failure) -> JSONValue {
    while true {
      guard var value = try scalarOrEmpty() else { continue }
      while let isObject = open.last?.isObject {
        let top = open.count - 1
        if isObject {
          let name = open[top].name
          open[top].members[name] = value
        } else {
          open[top].elements.append(value)
        }
        if try scanner.goesOn(until: isObject ? "}" : "]") {
          if isObject { open[top].name = try name() }
          break
        }
        let closed = open.removeLast()
        value = isObject ? .object(closed.members) : .array(closed.elements)
      }
      if open.isEmpty { return value }
    }
  }

  /// A value without values in it; nil after the bracket of one that has some.
  private mutating func scalarOrEmpty() throws(JSONScanner.Failure) -> JSONValue? {
    switch try scanner.peek() {
    case UInt8(ascii: "{"):
      try checkDepth()
      guard try scanner.opens("{", "}") else { return .object([:]) }
      open.append(Frame(isObject: true))
      open[open.count - 1].name = try name()
      return nil
    case UInt8(ascii: "["):
      try checkDepth()
      guard try scanner.opens("[", "]") else { return .array([]) }
      open.append(Frame(isObject: false))
      return nil
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      return .bool(try scanner.scalar().count == "true".utf8.count)
    case UInt8(ascii: "n"):
      _ = try scanner.scalar()
      return .null
    default: return try number()
    }
  }

  private func checkDepth() throws(JSONScanner.Failure) {
    guard open.count < JSONValue.depthLimit else { throw .malformed(offset: scanner.position) }
  }

  private mutating func name() throws(JSONScanner.Failure) -> String {
    let name = try string()
    try scanner.expect(":")
    return name
  }

  private mutating func string() throws(JSONScanner.Failure) -> String {
    let raw = try scanner.rawString()
    guard let text = JSONEscapes.strictText(scanner.bytes[raw]) else {
      throw .malformed(offset: raw.lowerBound)
    }
    return text
  }

  private mutating func number() throws(JSONScanner.Failure) -> JSONValue {
    let place = try scanner.scalar()
    let text = String(decoding: scanner.bytes[place], as: UTF8.self)
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw .malformed(offset: place.lowerBound)
    }
    return Int(exactly: number).map { .integer($0) } ?? .number(number)
  }
}
