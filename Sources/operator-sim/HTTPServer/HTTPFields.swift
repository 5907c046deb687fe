/// The header fields of a message: in order, names compared without regard to case.
public struct HTTPFields: Sendable {
  /// Every field, in order.
  public private(set) var all: [(name: String, value: String)]

  /// These fields, in this order.
  public init(_ fields: [(name: String, value: String)] = []) {
    all = fields
  }

  /// The value of the first field of that name.
  public subscript(_ name: String) -> String? {
    all.first { Self.same($0.name, name) }?.value
  }

  /// Every value of that name, in order.
  public func values(_ name: String) -> [String] {
    all.filter { Self.same($0.name, name) }.map(\.value)
  }

  /// Adds a field at the end; one of the same name stays.
  public mutating func append(_ name: String, _ value: String) {
    all.append((name, value))
  }

  private static func same(_ one: String, _ other: String) -> Bool {
    one.utf8.count == other.utf8.count
      && zip(one.utf8, other.utf8).allSatisfy { lowercase($0) == lowercase($1) }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
