internal import JSON

/// The second version's document as a protobuf message (gnostic's `openapi.v2.Document`), which is
/// the only form that older kubectls read.
///
/// https://github.com/google/gnostic-models/blob/main/openapiv2/OpenAPIv2.proto
enum OpenAPIProtobuf {
  static func bytes(_ document: JSONValue) -> [UInt8] {
    var message = ProtobufWriter()
    message.text(1, document["swagger"])
    message.message(2) { info in
      info.text(1, document["info"]?["title"])
      info.text(2, document["info"]?["version"])
    }
    message.message(8) { paths in
      for (name, path) in sorted(document["paths"]) {
        paths.message(2) { entry in
          entry.string(1, name)
          entry.message(2) { item in
            item.message(8) { operation(path["patch"], &$0) }
          }
        }
      }
    }
    message.message(9) { schemas(document["definitions"], field: 1, &$0) }
    return message.bytes
  }

  private static func operation(_ operation: JSONValue?, _ message: inout ProtobufWriter) {
    for parameter in operation?["parameters"]?.array ?? [] {
      // Item, parameter, no body, in the query.
      message.message(8) { item in
        item.message(1) { kind in
          kind.message(2) { place in
            place.message(3) { query in
              query.text(2, parameter["in"])
              query.text(4, parameter["name"])
              query.text(6, parameter["type"])
            }
          }
        }
      }
    }
    message.message(9) { _ in }
    extensions(operation, field: 13, &message)
  }

  private static func schemas(
    _ schemas: JSONValue?, field: Int, _ message: inout ProtobufWriter
  ) {
    for (name, value) in sorted(schemas) {
      message.message(field) { entry in
        entry.string(1, name)
        entry.message(2) { schema(value, &$0) }
      }
    }
  }

  private static func schema(_ schema: JSONValue, _ message: inout ProtobufWriter) {
    message.text(1, schema["$ref"])
    message.text(2, schema["format"])
    for name in schema["required"]?.array ?? [] { message.text(19, name) }
    if let additional = schema["additionalProperties"] {
      message.message(21) { item in item.message(1) { Self.schema(additional, &$0) } }
    }
    if let type = schema["type"] { message.message(22) { $0.text(1, type) } }
    if let items = schema["items"] {
      message.message(23) { item in item.message(1) { Self.schema(items, &$0) } }
    }
    if let properties = schema["properties"] {
      message.message(25) { schemas(properties, field: 1, &$0) }
    }
    extensions(schema, field: 31, &message)
  }

  /// Members that OpenAPI does not define travel as YAML text.
  private static func extensions(
    _ value: JSONValue?, field: Int, _ message: inout ProtobufWriter
  ) {
    for (name, value) in sorted(value) where name.hasPrefix("x-") {
      message.message(field) { entry in
        entry.string(1, name)
        entry.message(2) { $0.string(2, JSONWriter.compact.string(value) + "\n") }
      }
    }
  }

  private static func sorted(_ value: JSONValue?) -> [(key: String, value: JSONValue)] {
    (value?.object ?? [:]).sorted { $0.key < $1.key }
  }
}
