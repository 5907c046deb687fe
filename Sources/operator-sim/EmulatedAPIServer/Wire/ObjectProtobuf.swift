internal import FoundationEssentials
internal import JSON

/// Objects in their protobuf form, as the API server's own code writes them: within an envelope, and
/// with every field that is no pointer in Go, also where it is empty.
///
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
enum ObjectProtobuf {
  private static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

  /// A whole object.
  static func whole(_ object: JSONValue, of kind: ResourceKind) -> [UInt8] {
    var message = ProtobufWriter()
    write(object.object ?? [:], kind.type, kind.type.wire, to: &message)
    return envelope(object, message.bytes)
  }

  /// The metadata of an object alone, as `PartialObjectMetadata`.
  static func metadata(_ object: JSONValue) -> [UInt8] {
    var message = ProtobufWriter()
    write(
      object["metadata"] ?? [:], .object("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"), 1,
      to: &message)
    return envelope(object, message.bytes)
  }

  private static func envelope(_ object: JSONValue, _ raw: [UInt8]) -> [UInt8] {
    var envelope = ProtobufWriter()
    envelope.message(1) { meta in
      meta.string(1, object["apiVersion"]?.string ?? "")
      meta.string(2, object["kind"]?.string ?? "")
    }
    envelope.append(2, raw)
    // How the content is encoded, and its type.
    envelope.string(3, "")
    envelope.string(4, "")
    return magic + envelope.bytes
  }

  private static func write(
    _ members: [String: JSONValue], _ type: ObjectType, _ table: WireTable,
    to writer: inout ProtobufWriter
  ) {
    for (number, place) in table.places.sorted(by: { $0.key < $1.key }) {
      switch place {
      case .inlined(let inner):
        writer.message(number) { write(members, type, inner, to: &$0) }
      case .field(let name, let fieldType):
        if let value = members[name], value != .null {
          write(value, fieldType, number, to: &writer)
        } else if type.fields[name]?.presence != .asSet {
          writeEmpty(fieldType, number, to: &writer)
        }
      }
    }
  }

  private static func writeEmpty(
    _ type: FieldType, _ number: Int, to writer: inout ProtobufWriter
  ) {
    switch type {
    case .string, .quantity, .time, .microTime: writer.string(number, "")
    case .int32, .int64, .bool: writer.integer(number, 0)
    case .object: write([:], type, number, to: &writer)
    case .bytes, .number, .intOrString, .any, .list, .map: break
    }
  }

  private static func write(
    _ value: JSONValue, _ type: FieldType, _ number: Int, to writer: inout ProtobufWriter
  ) {
    switch type {
    case .list(let element):
      for item in value.array ?? [] { write(item, element, number, to: &writer) }
    case .map(let element):
      for (key, item) in (value.object ?? [:]).sorted(by: { $0.key.precedesByBytes($1.key) }) {
        writer.message(number) { entry in
          entry.string(1, key)
          write(item, element, 2, to: &entry)
        }
      }
    case .int32, .int64: writer.integer(number, value.integer ?? 0)
    case .bool: writer.integer(number, value == .bool(true) ? 1 : 0)
    case .number: writer.double(number, double(value))
    case .string: writer.string(number, value.string ?? "")
    case .bytes:
      let text = value.string.flatMap { Data(base64Encoded: $0, options: .ignoreUnknownCharacters) }
      writer.append(number, [UInt8](text ?? Data()))
    default: writer.message(number) { writeContent(value, type, to: &$0) }
    }
  }

  private static func double(_ value: JSONValue) -> Double {
    switch value {
    case .number(let number): number
    case .integer(let number): Double(number)
    default: 0
    }
  }

  /// Of values that are messages of their own.
  private static func writeContent(
    _ value: JSONValue, _ type: FieldType, to message: inout ProtobufWriter
  ) {
    switch type {
    case .quantity: message.string(1, value.string ?? "")
    case .time, .microTime:
      message.integer(1, value.string.flatMap(Timestamp.init)?.seconds ?? 0)
      message.integer(2, 0)
    case .intOrString:
      message.integer(1, value.string == nil ? 0 : 1)
      message.integer(2, value.integer ?? 0)
      message.string(3, value.string ?? "")
    case .any: message.append(1, AnswerWriter.bytes(value))
    case .object(let name):
      let type = Schema.kubernetes[name]
      write(value.object ?? [:], type, type.wire, to: &message)
    default: break
    }
  }
}
