internal import FilelogJSON

/// Writes responses as the API server writes them: kind and version first, then metadata, then the
/// rest by name.
enum ResponseWriter {
  /// - Parameter isIndented: by two spaces, for people; otherwise there is no white space at all.
  static func bytes(_ value: JSONValue, isIndented: Bool = false) -> [UInt8] {
    let isStatus = value["kind"] == .some("Status")
    let writer = JSONWriter.go(pretty: isIndented) { isStatus ? status($0) : response }
    let bytes = writer.bytes(value)
    return isIndented ? bytes.dropLast() : bytes
  }

  /// As Go writes a value without a type: every member by name.
  static func untyped(_ value: JSONValue) -> String {
    JSONWriter.go(pretty: false) { _ in [] }.string(value)
  }

  private static let response = ["kind", "apiVersion", "type", "metadata"]

  /// The members of a `Status`, of its details, of their causes.
  private static func status(_ depth: Int) -> [String] {
    switch depth {
    case 0: ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"]
    case 1: ["name", "group", "kind", "uid", "causes", "retryAfterSeconds"]
    default: ["reason", "message", "field"]
    }
  }
}
