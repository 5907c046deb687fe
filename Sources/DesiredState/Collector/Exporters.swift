internal import JSON

/// The exporters of the collector's configuration, by name.
struct Exporters {
  let members: [String: JSONValue]

  /// Sorted, so that the pipeline does not hang on an order.
  var names: [String] { members.keys.sorted() }

  init(_ input: DesiredStateInput) {
    let exports = input.values.exports
    let options = input.values.collector
    var members: [String: JSONValue] = [:]
    if let dash0 = exports.dash0 { members["otlp/dash0"] = Self.exporter(dash0) }
    if let grpc = exports.grpc { members["otlp/grpc"] = Self.exporter(grpc, "grpc") }
    if let http = exports.http {
      var exporter = Self.exporter(http, "http")
      exporter["encoding"] = .string(http.encoding.rawValue)
      members["otlphttp/http"] = exporter
    }
    if options.isDebugDetailed {
      members["debug"] = ["verbosity": "detailed"]
    } else if options.isDevelopment || members.isEmpty {
      // A pipeline needs an exporter even where nobody has said yet where logs should go.
      members["debug"] = [:]
    }
    self.members = members
  }

  private static func exporter(_ export: Dash0Export) -> JSONValue {
    let token = CollectorText.variable(Credentials.token(export).variable)
    let isPlain = export.endpoint.lowercased().hasPrefix("http://")
    return .object(
      omittingNil: [
        "endpoint": CollectorText.json(export.endpoint),
        "headers": .object(
          omittingNil: [
            "Authorization": .string("Bearer \(token)"),
            "Dash0-Dataset": export.dataset.map(CollectorText.json),
          ]),
        "tls": isPlain ? ["insecure": true] : nil,
      ])
  }

  private static func exporter(_ export: OTLPExport, _ transport: String) -> JSONValue {
    var headers: [String: JSONValue] = [:]
    for (index, header) in export.headers.enumerated() {
      headers[header.name] = value(of: header, at: index, transport)
    }
    let tls: JSONValue?
    switch export.tls {
    case .verified: tls = nil
    case .unverified: tls = ["insecure_skip_verify": true]
    // Of an HTTP endpoint the scheme says it already.
    case .none: tls = transport == "grpc" ? ["insecure": true] : nil
    }
    return .object(
      omittingNil: [
        "endpoint": CollectorText.json(export.endpoint),
        "headers": headers.isEmpty ? nil : .object(headers),
        "tls": tls,
      ])
  }

  /// The text of a header in the configuration.
  static func value(of header: Header, at index: Int, _ transport: String) -> JSONValue {
    if let entry = Credentials.header(header, at: index, of: transport) {
      return .string(CollectorText.variable(entry.variable))
    }
    guard case .plain(let text) = header.value else { return "" }
    return CollectorText.json(text)
  }
}
