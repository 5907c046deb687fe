internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML
internal import HTTPServer

/// Reads objects out of request bodies.
enum ObjectBody {
  /// The object of a POST or PUT, decoded for its kind.
  static func decode(
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let contentType = MediaTypes.base(context.request.headers["Content-Type"])
    let kind = context.kind
    let document = try document(context.request, kind: kind.kind, typeName: kind.typeName)
    guard case .object = document.value else {
      throw unrecognized(kind.kind, wrongShape(document.value), context.request.body)
    }
    if let problem = kindProblem(document.value, kind) {
      let found = document.value["kind"]?.string ?? kind.kind
      let version = (document.value["apiVersion"]?.string ?? kind.version).split(separator: "/")
      throw .badRequest(
        "\(found) in version \(GoText.quoted(String(version.last ?? ""))) cannot be handled as a "
          + "\(kind.kind): \(problem)")
    }
    let decoded: ObjectDecoder.Decoded
    do {
      decoded = try ObjectDecoder.decode(document.value, as: kind.typeName)
    } catch {
      throw refusal(kind, error.message)
    }
    let unknown =
      [MediaTypes.yaml, MediaTypes.protobuf].contains(contentType)
      ? decoded.unknownFields
      : StrictJSONReader.inOrder(decoded.unknownFields, of: context.request.body)
    let found = problems(duplicates: document.duplicates, unknown: unknown)
    try report(found, options, context.notes) { (problems) throws(APIStatus) in
      throw refusal(kind, "strict decoding error: \(problems)")
    }
    var value = decoded.value
    value["kind"] = .string(kind.kind)
    value["apiVersion"] = .string(kind.apiVersion)
    return value
  }

  /// An object of a kind that is not kept, such as a review.
  static func decode(
    _ request: HTTPServerRequest, kind: String, typeName: String
  ) throws(APIStatus) -> JSONValue {
    let sent = try object(request, kind: kind, typeName: typeName)
    do {
      return try ObjectDecoder.decode(sent, as: typeName).value
    } catch {
      throw .badRequest(
        "\(kind) in version \"v1\" cannot be handled as a \(kind): \(error.message)")
    }
  }

  /// An object as it was sent.
  static func object(
    _ request: HTTPServerRequest, kind: String, typeName: String
  ) throws(APIStatus) -> JSONValue {
    let sent = try document(request, kind: kind, typeName: typeName).value
    guard case .object = sent else { throw unrecognized(kind, wrongShape(sent), request.body) }
    return sent
  }

  private static func document(
    _ request: HTTPServerRequest, kind: String, typeName: String
  ) throws(APIStatus) -> StrictJSONReader.Document {
    let type = MediaTypes.base(request.headers["Content-Type"])
    switch type {
    case MediaTypes.protobuf:
      do {
        return .init(value: try ProtobufReader.object(request.body, as: typeName), duplicates: [])
      } catch {
        throw unrecognized(kind, error.message, request.body)
      }
    case "", "*/*", MediaTypes.json, MediaTypes.yaml:
      do {
        return try read(request.body, isYAML: type == MediaTypes.yaml)
      } catch {
        throw unrecognized(kind, error.message, request.body)
      }
    default:
      throw .unsupportedMediaType([MediaTypes.json, MediaTypes.yaml, MediaTypes.protobuf])
    }
  }

  private static func refusal(_ kind: ResourceKind, _ reason: String) -> APIStatus {
    .badRequest(
      "\(kind.kind) in version \(GoText.quoted(kind.version)) cannot be handled as a "
        + "\(kind.kind): \(reason)")
  }

  /// Members that were sent twice or that the kind does not have, in the API server's words.
  static func problems(
    duplicates: [StrictJSONReader.Duplicate] = [], unknown: [String] = []
  ) -> [String] {
    duplicates.map { "duplicate field \(GoText.quoted($0.path))" }
      + unknown.map { "unknown field \(GoText.quoted($0))" }
  }

  /// Warns about problems, or refuses them, as the client wishes.
  static func report(
    _ problems: [String], _ options: WriteOptions, _ notes: RequestNotes,
    refuse: (String) throws(APIStatus) -> Void
  ) throws(APIStatus) {
    if problems.isEmpty { return }
    switch options.fieldValidation {
    case .ignore: break
    case .warn: problems.forEach(notes.warn)
    case .strict: try refuse(problems.joined(separator: ", "))
    }
  }

  /// Reads JSON, or YAML where that is allowed and the body does not look like JSON.
  static func read(
    _ body: [UInt8], isYAML: Bool
  ) throws(StrictJSONReader.Failure) -> StrictJSONReader.Document {
    let first = body.first { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }
    if !isYAML { return try StrictJSONReader.read(body) }
    // Most clients send JSON where YAML is allowed.
    if first == UInt8(ascii: "{"), let document = try? StrictJSONReader.read(body) {
      return document
    }
    do {
      let documents = try YAML.parse(body, file: "")
      return .init(value: documents.first?.value ?? .null, duplicates: [])
    } catch {
      // Go's reader counts lines from zero and keeps quiet about the first.
      let place = error.line > 1 ? "line \(error.line - 1): " : ""
      throw .init(message: "yaml: \(place)\(error.message)")
    }
  }

  private static func unrecognized(
    _ kind: String, _ problem: String, _ body: [UInt8]
  ) -> APIStatus {
    .badRequest(
      "the object provided is unrecognized (must be of type \(kind)): couldn't get "
        + "version/kind; json parse error: \(problem) (\(summary(body)))")
  }

  /// The beginning of a body: as it is when it looks like JSON, else in hexadecimal.
  private static func summary(_ body: [UInt8]) -> String {
    if body.isEmpty { return "<empty>" }
    let start = body.prefix(30)
    let text =
      body[0] == UInt8(ascii: "{") ? String(decoding: start, as: UTF8.self) : start.hexadecimal
    return body.count > 30 ? text + " ..." : text
  }

  static func wrongShape(_ value: JSONValue) -> String {
    let found =
      switch value {
      case .array: "array"
      case .string: "string"
      case .bool: "bool"
      default: "number"
      }
    return "json: cannot unmarshal \(found) into Go value of type struct { APIVersion string "
      + #""json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#
  }

  /// Why an object is none of the kind, going by the kind and version that it names.
  static func kindProblem(_ object: JSONValue, _ kind: ResourceKind) -> String? {
    let found = object["kind"]?.string ?? kind.kind
    let version = object["apiVersion"]?.string ?? kind.apiVersion
    if found == kind.kind, version == kind.apiVersion { return nil }
    guard ResourceRegistry.find(apiVersion: version, kind: found) != nil else {
      return "no kind \(GoText.quoted(found)) is registered for version \(GoText.quoted(version)) "
        + "in scheme \"pkg/api/legacyscheme/scheme.go:30\""
    }
    return "converting (v1.\(found)) to (\(kind.package).\(kind.kind)): unknown conversion"
  }
}
