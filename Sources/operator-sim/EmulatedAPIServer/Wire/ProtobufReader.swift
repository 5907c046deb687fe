internal import FilelogEncodings
internal import FilelogJSON

/// Reads the protobuf form of objects into the JSON form, as far as it takes for what kubectl makes by
/// commands (`create namespace` and its kin): no quantities, times or numbers with a fraction.
///
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
struct ProtobufReader {
  /// Bytes that are no object of the type.
  struct Failure: Error, Hashable {
    let message: String
  }

  private static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

  /// Reads an object within its envelope.
  static func object(_ bytes: [UInt8], as type: String) throws(Failure) -> JSONValue {
    guard bytes.starts(with: magic) else {
      throw Failure(
        message: "provided data does not appear to be a protobuf message, expected prefix "
          + "[107 56 115 0]")
    }
    var envelope = ProtobufReader(bytes[magic.count...])
    var kind: ArraySlice<UInt8> = []
    var raw: ArraySlice<UInt8> = []
    while let field = try envelope.field() {
      switch (field.number, field.value) {
      case (1, .bytes(let bytes)): kind = bytes
      case (2, .bytes(let bytes)): raw = bytes
      default: break
      }
    }
    var object = try message(raw, Schema.kubernetes[type], depth: 0)
    var meta = ProtobufReader(kind)
    while let field = try meta.field() {
      guard case .bytes(let text) = field.value, !text.isEmpty else { continue }
      if field.number == 1 { object["apiVersion"] = .string(String(decoding: text, as: UTF8.self)) }
      if field.number == 2 { object["kind"] = .string(String(decoding: text, as: UTF8.self)) }
    }
    return .object(object)
  }

  private enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var bytes: ArraySlice<UInt8>

  private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  private static let truncated = Failure(message: "unexpected EOF")
  private static let maximumDepth = 100

  /// The next field; nil at the end.
  private mutating func field() throws(Failure) -> (number: Int, value: Value)? {
    if bytes.isEmpty { return nil }
    let tag = try varint()
    let number = Int(truncatingIfNeeded: tag >> 3)
    switch tag & 7 {
    case 0: return (number, .number(try varint()))
    case 1: return (number, .number(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(bytes.count) else { throw Self.truncated }
      defer { bytes = bytes.dropFirst(Int(count)) }
      return (number, .bytes(bytes.prefix(Int(count))))
    case 5: return (number, .number(try fixed(4)))
    default: throw Failure(message: "proto: illegal wireType \(tag & 7)")
    }
  }

  private mutating func varint() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = bytes.popFirst() else { throw Self.truncated }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Failure(message: "proto: integer overflow")
  }

  private mutating func fixed(_ count: Int) throws(Failure) -> UInt64 {
    guard bytes.count >= count else { throw Self.truncated }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func message(
    _ bytes: ArraySlice<UInt8>, _ type: ObjectType, depth: Int
  ) throws(Failure) -> [String: JSONValue] {
    guard depth < maximumDepth else { throw Failure(message: "exceeded max depth") }
    var reader = ProtobufReader(bytes)
    var members: [String: JSONValue] = [:]
    while let (number, value) = try reader.field() {
      guard let field = type.wire[number] else { continue }
      try add(value, field.type, to: &members[field.name], depth: depth)
    }
    return members
  }

  private static func add(
    _ value: Value, _ type: FieldType, to member: inout JSONValue?, depth: Int
  ) throws(Failure) {
    switch type {
    case .list(let element):
      var elements = member?.array ?? []
      elements.append(try single(value, element, depth: depth))
      member = .array(elements)
    case .map(let element):
      guard case .bytes(let bytes) = value else { throw wrongType }
      var entry = ProtobufReader(bytes)
      var (key, item): (String, JSONValue?) = ("", nil)
      while let (number, value) = try entry.field() {
        if number == 1, case .bytes(let text) = value {
          key = String(decoding: text, as: UTF8.self)
        }
        if number == 2 { try add(value, element, to: &item, depth: depth) }
      }
      var members = member?.object ?? [:]
      members[key] = item ?? ""
      member = .object(members)
    default: member = try single(value, type, depth: depth)
    }
  }

  private static let wrongType = Failure(message: "proto: wrong wireType")

  private static func single(
    _ value: Value, _ type: FieldType, depth: Int
  ) throws(Failure) -> JSONValue {
    switch (type, value) {
    case (.int32, .number(let bits)), (.int64, .number(let bits)):
      return .integer(Int(truncatingIfNeeded: bits))
    case (.bool, .number(let bits)): return .bool(bits != 0)
    case (.string, .bytes(let text)): return .string(String(decoding: text, as: UTF8.self))
    case (.bytes, .bytes(let bytes)): return .string(Base64.encode(Array(bytes)))
    // No client sets the time of a creation: the message is there, and empty.
    case (.time, .bytes([])): return .null
    case (.intOrString, .bytes(let bytes)): return try intOrString(bytes)
    case (.object(let name), .bytes(let bytes)):
      return .object(try message(bytes, Schema.kubernetes[name], depth: depth + 1))
    default: throw wrongType
    }
  }

  private static func intOrString(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
    var reader = ProtobufReader(bytes)
    var (isText, number, text) = (false, 0, "")
    while let (field, value) = try reader.field() {
      switch (field, value) {
      case (1, .number(let bits)): isText = bits == 1
      case (2, .number(let bits)): number = Int(truncatingIfNeeded: bits)
      case (3, .bytes(let bytes)): text = String(decoding: bytes, as: UTF8.self)
      default: break
      }
    }
    return isText ? .string(text) : .integer(number)
  }
}
