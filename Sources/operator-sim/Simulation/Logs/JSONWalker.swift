/// Walks over JSON without building a tree: a backend that is slower than fifty exporters would make
/// them send twice.
struct JSONWalker {
  struct Malformed: Error {}

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var depth = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Visits the members of an object; the visitor reads or skips each value.
  mutating func object(_ visit: (inout JSONWalker, String) throws -> Void) throws {
    try nested(open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { walker in
      let name = try walker.string()
      try walker.expect(UInt8(ascii: ":"))
      try visit(&walker, name)
    }
  }

  /// Visits the elements of an array; the visitor reads or skips each.
  mutating func array(_ visit: (inout JSONWalker) throws -> Void) throws {
    try nested(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), visit)
  }

  mutating func string() throws -> String {
    let (range, hasEscapes) = try stringRange()
    let text = UnsafeBufferPointer(rebasing: bytes[range])
    return hasEscapes ? try Self.unescape(text) : String(decoding: text, as: UTF8.self)
  }

  /// Passes over a value of any kind.
  mutating func skip() throws {
    switch try peek() {
    case UInt8(ascii: "{"):
      try nested(open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { walker in
        _ = try walker.stringRange()
        try walker.expect(UInt8(ascii: ":"))
        try walker.skip()
      }
    case UInt8(ascii: "["):
      try nested(open: UInt8(ascii: "["), close: UInt8(ascii: "]")) { try $0.skip() }
    case UInt8(ascii: "\""): _ = try stringRange()
    default: try skipWord()
    }
  }

  /// Whether a value of that kind comes next, by its first byte.
  mutating func next(is first: Character) throws -> Bool { try peek() == first.asciiValue }

  private mutating func nested(
    open: UInt8, close: UInt8, _ element: (inout JSONWalker) throws -> Void
  ) throws {
    try expect(open)
    depth += 1
    guard depth < 64 else { throw Malformed() }
    if try peek() != close {
      try element(&self)
      while try peek() == UInt8(ascii: ",") {
        index += 1
        try element(&self)
      }
    }
    try expect(close)
    depth -= 1
  }

  private mutating func peek() throws -> UInt8 {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0a, 0x0d: index += 1
      case let byte: return byte
      }
    }
    throw Malformed()
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard try peek() == byte else { throw Malformed() }
    index += 1
  }

  /// A number, `true`, `false` or `null`.
  private mutating func skipWord() throws {
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        index += 1
      default:
        guard index > start else { throw Malformed() }
        return
      }
    }
    throw Malformed()
  }

  private mutating func stringRange() throws -> (Range<Int>, hasEscapes: Bool) {
    try expect(UInt8(ascii: "\""))
    let start = index
    var hasEscapes = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return (start..<(index - 1), hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index += 2
      default: index += 1
      }
    }
    throw Malformed()
  }

  private static func unescape(_ text: UnsafeBufferPointer<UInt8>) throws -> String {
    var units: [UInt16] = []
    var rest = String(decoding: text, as: UTF8.self).utf16[...]
    while let unit = rest.popFirst() {
      guard unit == 0x5c else {
        units.append(unit)
        continue
      }
      guard let escaped = rest.popFirst(), let scalar = Unicode.Scalar(escaped) else {
        throw Malformed()
      }
      switch Character(scalar) {
      case "n": units.append(0x0a)
      case "t": units.append(0x09)
      case "r": units.append(0x0d)
      case "b": units.append(0x08)
      case "f": units.append(0x0c)
      case "u":
        let digits = String(rest.prefix(4)) ?? ""
        guard digits.count == 4, let unit = UInt16(digits, radix: 16) else { throw Malformed() }
        units.append(unit)
        rest = rest.dropFirst(4)
      default: units.append(escaped)
      }
    }
    return String(decoding: units, as: UTF16.self)
  }
}
