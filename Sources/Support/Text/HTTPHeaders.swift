/// The header fields of an HTTP message: in the order they came, names compared without regard to case.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// Every field, in order.
  public private(set) var fields: [(name: String, value: String)]

  /// These fields, in this order.
  public init(_ fields: [(name: String, value: String)] = []) {
    self.fields = fields
  }

  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { (name: $0.0, value: $0.1) }
  }

  /// The value of the first field of that name.
  public subscript(_ name: String) -> String? {
    fields.first { Self.isSame($0.name, name) }?.value
  }

  /// The values of every field of that name, such as several `Warning`s.
  public func all(_ name: String) -> [String] {
    fields.filter { Self.isSame($0.name, name) }.map(\.value)
  }

  /// Adds a field after the others, also one of a name that is there already.
  public mutating func append(_ name: String, _ value: String) {
    fields.append((name: name, value: value))
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.count == other.utf8.count
      && zip(one.utf8, other.utf8).allSatisfy { lowercase($0) == lowercase($1) }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
