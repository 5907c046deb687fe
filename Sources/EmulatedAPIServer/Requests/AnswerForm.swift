internal import HTTPServer
internal import JSON

/// Puts answers into the form that the client accepts.
enum AnswerForm {
  static func response(
    _ answer: Answer, _ request: HTTPServerRequest, now: Timestamp
  ) throws(APIStatus) -> HTTPServerResponse {
    let accept = request.headers["Accept"]
    switch answer {
    case .fixed(let response): return response
    case .object(let status, let object):
      let form = try MediaTypes.representation(accept: accept, forList: false)
      let shown = object["kind"] == .some("Status") ? object : transformed(object, form, now: now)
      return json(status, shown, request)
    case .list(let list):
      let form = try MediaTypes.representation(accept: accept, forList: true)
      return json(200, transformedList(list, form, now: now), request)
    }
  }

  static func refusal(_ status: APIStatus, isIndented: Bool) -> HTTPServerResponse {
    var response = HTTPServerResponse.json(
      status.code, AnswerWriter.bytes(status.json, isIndented: isIndented))
    response.headers.append("Cache-Control", "no-cache, private")
    if let seconds = status.details?.retryAfterSeconds {
      response.headers.append("Retry-After", String(seconds))
    }
    return response
  }

  static func json(
    _ status: Int, _ value: JSONValue, _ request: HTTPServerRequest
  ) -> HTTPServerResponse {
    var response = HTTPServerResponse.json(
      status, AnswerWriter.bytes(value, isIndented: isForPeople(request)))
    response.headers.append("Cache-Control", "no-cache, private")
    return response
  }

  /// Browsers and command line tools get line breaks.
  static func isForPeople(_ request: HTTPServerRequest) -> Bool {
    if let pretty = request.queryValue("pretty") { return !["false", "0"].contains(pretty) }
    let agent = request.headers["User-Agent"] ?? ""
    return ["curl", "Wget", "Mozilla/5.0"].contains { agent.hasPrefix($0) }
  }

  static func transformed(
    _ object: JSONValue, _ form: Representation, now: Timestamp
  ) -> JSONValue {
    switch form {
    case .whole: return object
    case .metadata(let version):
      return [
        "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
        "metadata": object["metadata"] ?? [:],
      ]
    case .table(let version):
      let kind = object["kind"]?.string ?? ""
      let metadata: JSONValue = ["resourceVersion": object["metadata"]?["resourceVersion"] ?? ""]
      return TablePrinter(now: now).table([object], kind, metadata, version: version)
    }
  }

  private static func transformedList(
    _ list: JSONValue, _ form: Representation, now: Timestamp
  ) -> JSONValue {
    let items = list["items"]?.array ?? []
    switch form {
    case .whole: return list
    case .metadata(let version):
      return [
        "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/\(version)"),
        "metadata": list["metadata"] ?? [:],
        "items": .array(items.map { transformed($0, form, now: now) }),
      ]
    case .table(let version):
      let kind = String((list["kind"]?.string ?? "").dropLast(4))
      return TablePrinter(now: now).table(
        items, kind, list["metadata"] ?? [:], version: version)
    }
  }
}
