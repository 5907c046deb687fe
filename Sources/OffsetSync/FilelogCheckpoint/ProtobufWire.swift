internal import FilelogEncodings

/// Reads protobuf's wire format: fields of a number and one of four wire types.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// A fixed-width number; no field of a checkpoint is one.
    case fixed
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Bytes read so far, counted from the start of the array that the slice is of.
  var position: Int { rest.startIndex }

  /// The next field, or nil at the end.
  mutating func next() throws(CheckpointError) -> (field: UInt64, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let start = position
    let tag = try varint()
    let field = tag >> 3
    guard field > 0, field < 1 << 29 else { throw CheckpointError(.badTag, at: start) }
    switch tag & 7 {
    case 0: return (field, .varint(try varint()))
    case 1: _ = try take(8)
    case 2: return (field, .bytes(try take(varint())))
    case 5: _ = try take(4)
    default: throw CheckpointError(.badTag, at: start)
    }
    return (field, .fixed)
  }

  private mutating func varint() throws(CheckpointError) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw CheckpointError(.truncated, at: position) }
      guard shift < 63 || byte <= 1 else { break }
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return number }
    }
    throw CheckpointError(.numberTooLong, at: position)
  }

  private mutating func take(_ count: UInt64) throws(CheckpointError) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw CheckpointError(.truncated, at: position) }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}

/// Writes protobuf's wire format. As proto3 has it, numbers of zero are left out.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ field: UInt64, _ value: Int64) {
    guard value != 0 else { return }
    varint(field << 3)
    varint(UInt64(bitPattern: value))
  }

  mutating func message(_ field: UInt64, _ content: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  /// A byte string or text, left out when empty.
  mutating func string(_ field: UInt64, _ content: [UInt8]) {
    if !content.isEmpty { message(field, content) }
  }

  private mutating func varint(_ value: UInt64) { Varint.append(value, to: &bytes) }
}
