internal import HTTPServer
internal import JSON
internal import YAML

/// Reads objects out of request bodies.
enum ObjectBody {
  /// The object of a POST or PUT, decoded for its kind.
  static func decode(
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let contentType = MediaTypes.base(context.request.headers["Content-Type"])
    guard ["", "application/json", "application/yaml", "*/*"].contains(contentType) else {
      throw .unsupportedMediaType(["application/json", "application/yaml"])
    }
    let kind = context.kind
    let document: StrictJSONReader.Document
    do {
      document = try read(context.request.body, isYAML: contentType == "application/yaml")
    } catch {
      let body = String(decoding: context.request.body.prefix(30), as: UTF8.self)
      throw .badRequest(
        "the object provided is unrecognized (must be of type \(kind.kind)): couldn't get "
          + "version/kind; json parse error: \(error.message) (\(summary(body)))")
    }
    let foundKind = document.value["kind"]?.string ?? kind.kind
    let foundVersion = document.value["apiVersion"]?.string ?? kind.apiVersion
    guard foundKind == kind.kind, foundVersion == kind.apiVersion else {
      let version = foundVersion.split(separator: "/").last ?? ""
      throw .badRequest(
        "\(foundKind) in version \(GoText.quoted(String(version))) cannot be handled as a "
          + "\(kind.kind): no kind \(GoText.quoted(foundKind)) is registered for version "
          + "\(GoText.quoted(foundVersion)) here")
    }
    let decoded: ObjectDecoder.Decoded
    do {
      decoded = try ObjectDecoder.decode(document.value, as: kind.typeName)
    } catch {
      throw refusal(kind, error.message)
    }
    try report(
      document.duplicates, decoded.unknownFields, options, context.notes
    ) { (problems) throws(APIStatus) in
      throw refusal(kind, "strict decoding error: \(problems)")
    }
    var value = decoded.value
    value["kind"] = .string(kind.kind)
    value["apiVersion"] = .string(kind.apiVersion)
    return value
  }

  private static func refusal(_ kind: ResourceKind, _ reason: String) -> APIStatus {
    .badRequest(
      "\(kind.kind) in version \(GoText.quoted(kind.version)) cannot be handled as a "
        + "\(kind.kind): \(reason)")
  }

  /// Warns about members that were sent twice or that the kind does not have, or refuses them.
  static func report(
    _ duplicates: [String], _ unknown: [String], _ options: WriteOptions, _ notes: RequestNotes,
    refuse: (String) throws(APIStatus) -> Void
  ) throws(APIStatus) {
    let problems =
      duplicates.map { "duplicate field \(GoText.quoted($0))" }
      + unknown.map { "unknown field \(GoText.quoted($0))" }
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
    guard isYAML, first != UInt8(ascii: "{") else { return try StrictJSONReader.read(body) }
    do {
      let documents = try YAML.parse(body, file: "request")
      return .init(value: documents.first?.value ?? .null, duplicates: [])
    } catch {
      throw .init(message: "\(error)")
    }
  }

  private static func summary(_ text: String) -> String {
    text.isEmpty ? "empty" : text
  }
}
