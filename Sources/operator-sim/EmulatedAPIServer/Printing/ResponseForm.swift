internal import FilelogJSON
internal import FilelogText
internal import FilelogYAML
internal import HTTPServer

/// Puts responses into the form that the client accepts.
struct ResponseForm {
  let request: HTTPServerRequest
  let now: Timestamp

  func response(_ content: APIResponse) throws(APIStatus) -> HTTPServerResponse {
    if case .fixed(let response) = content { return response }
    let form = try MediaTypes.representation(accept: request.headers["Accept"])
    switch content {
    case .fixed(let response): return response
    case .object(let status, let object):
      let shown =
        object["kind"] == .some("Status") ? object : try Self.transformed(object, form, now: now)
      return Self.body(status, shown, request, isYAML: form.isYAML)
    case .stored(let object):
      let shown = try Self.transformed(object.shown, form, now: now)
      return Self.body(200, shown, request, isYAML: form.isYAML)
    case .list(let list):
      return Self.body(200, try transformedList(list, form), request, isYAML: form.isYAML)
    }
  }

  static func refusal(_ status: APIStatus, isIndented: Bool) -> HTTPServerResponse {
    var response = HTTPServerResponse.json(
      status.code, ResponseWriter.bytes(status.json, isIndented: isIndented))
    response.headers.append("Cache-Control", "no-cache, private")
    if let seconds = status.details?.retryAfterSeconds {
      response.headers.append("Retry-After", String(seconds))
    }
    return response
  }

  static func body(
    _ status: Int, _ value: JSONValue, _ request: HTTPServerRequest, isYAML: Bool = false
  ) -> HTTPServerResponse {
    let bytes =
      isYAML
      ? Array(YAML.emit(value).utf8)
      : ResponseWriter.bytes(value, isIndented: isForPeople(request))
    return HTTPServerResponse(
      status: status,
      headers: HTTPHeaders([
        ("Content-Type", isYAML ? MediaTypes.yaml : MediaTypes.json),
        ("Cache-Control", "no-cache, private"),
      ]), body: .bytes(bytes))
  }

  /// Browsers and command line tools get line breaks.
  static func isForPeople(_ request: HTTPServerRequest) -> Bool {
    if let pretty = request.queryValue("pretty") { return !["false", "0"].contains(pretty) }
    let agent = request.headers["User-Agent"] ?? ""
    return ["curl", "Wget", "Mozilla/5.0"].contains { agent.hasPrefix($0) }
  }

  static func transformed(
    _ object: JSONValue, _ form: Representation, now: Timestamp
  ) throws(APIStatus) -> JSONValue {
    let kind = object["kind"]?.string ?? ""
    switch form.shape {
    case .whole: return object
    case .metadata: return metadata(object, form)
    case .metadataList:
      throw .notAcceptable(
        "you requested PartialObjectMetadataList, but the requested object is not a list "
          + "(*\(internalName(object)))")
    case .table:
      let metadata: JSONValue = ["resourceVersion": object["metadata"]?["resourceVersion"] ?? ""]
      return TablePrinter(now: now).table([object], kind, metadata, version: form.version)
    }
  }

  private static func metadata(_ object: JSONValue, _ form: Representation) -> JSONValue {
    [
      "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(form.version)"),
      "metadata": object["metadata"] ?? [:],
    ]
  }

  private func transformedList(
    _ list: JSONValue, _ form: Representation
  ) throws(APIStatus) -> JSONValue {
    let items = list["items"]?.array ?? []
    switch form.shape {
    case .whole: return list
    case .metadata:
      throw .notAcceptable(
        "you requested PartialObjectMetadata, but the requested object is a list "
          + "(*\(Self.internalName(list)))")
    case .metadataList:
      return [
        "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/\(form.version)"),
        "metadata": list["metadata"] ?? [:],
        "items": .array(items.map { Self.metadata($0, form) }),
      ]
    case .table:
      let kind = String((list["kind"]?.string ?? "").dropLast(4))
      return TablePrinter(now: now).table(
        items, kind, list["metadata"] ?? [:], version: form.version)
    }
  }

  /// What the API server calls the type in its own code.
  private static func internalName(_ object: JSONValue) -> String {
    let version = object["apiVersion"]?.string ?? ""
    let group =
      version.split(separator: "/").count > 1 ? version.prefix { $0 != "/" && $0 != "." } : "core"
    return "\(group).\(object["kind"]?.string ?? "")"
  }
}

/// What a response holds, before it is put into the form that the client wants.
enum APIResponse: Sendable {
  case object(status: Int, JSONValue)
  /// Status 200 with what is stored.
  case stored(StoredObject)
  case list(JSONValue)
  /// Sent as it is, whatever the client accepts.
  case fixed(HTTPServerResponse)
}
