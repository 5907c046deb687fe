/// Text that is not JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where reading stopped, counted in bytes from 0. The input is not repeated: it may hold secrets.
  public let offset: Int

  public var description: String { "not JSON at byte \(offset)" }
}

extension JSONValue {
  /// Reads one JSON document as RFC 8259 has it.
  ///
  /// Nesting is bounded (512 levels), memory is a small multiple of the input. Whole numbers that fit
  /// become ``integer(_:)``, however they are written. Of a member that is there twice, the last
  /// counts.
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
