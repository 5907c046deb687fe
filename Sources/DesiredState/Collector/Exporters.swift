internal import FilelogJSON

/// The exporters of the collector's configuration.
struct Exporters {
  /// By name.
  let members: [String: JSONValue]
  /// Of the operator's own exports, and the debug exporter; sorted, so that the pipeline does not
  /// depend on an order.
  let names: [String]
  /// Of namespaces with exports of their own.
  let namesByNamespace: [(namespace: String, names: [String])]

  init(_ input: DesiredStateInput) {
    let options = input.values.collector
    let standard = Destination.all(input.settings.exports, .standard)
    var debug: [String: JSONValue] = [:]
    if options.isDebugDetailed {
      debug["debug"] = ["verbosity": "detailed"]
    } else if options.isDevelopment || standard.isEmpty {
      debug["debug"] = [:]
    }
    let named = Destination.all(input).map { ($0.exporterName, Self.exporter($0)) }
    members = debug.merging(named) { $1 }
    names = (standard.map(\.exporterName) + debug.keys).sorted()
    namesByNamespace = input.namespaces.filter { !$0.exports.isEmpty }.map { namespace in
      let own = Destination.all(namespace.exports, .namespace(namespace.name))
      let isDebugging = options.isDebugDetailed || options.isDevelopment
      return (
        namespace.name, (own.map(\.exporterName) + (isDebugging ? debug.keys : [:].keys)).sorted()
      )
    }
  }

  private static func exporter(_ destination: Destination) -> JSONValue {
    var exporter: [String: JSONValue?] = [
      "endpoint": CollectorText.json(destination.endpoint), "tls": tls(destination),
      "headers": headers(destination),
    ]
    switch destination.kind {
    case .dash0(let export):
      exporter["keepalive"] = keepalive(export.keepalive)
      // A name that stands for addresses of both kinds has one that cannot be reached; the default
      // would try it again and again, and log each time.
      exporter["balancer_name"] = .string(OTLPExport.Balancer.pickFirst.rawValue)
    case .grpc(let export):
      exporter["keepalive"] = keepalive(export.keepalive)
      exporter["balancer_name"] = export.balancer.map { .string($0.rawValue) }
    case .http(let export): exporter["encoding"] = .string(export.encoding.rawValue)
    }
    return .object(omittingNil: exporter)
  }

  private static func tls(_ destination: Destination) -> JSONValue? {
    switch (destination.tls, destination.kind) {
    case (.verified, _): nil
    case (.unverified, _): ["insecure_skip_verify": true]
    // The scheme of an HTTP endpoint has it already.
    case (.none, .http): nil
    case (.none, _): ["insecure": true]
    }
  }

  private static func headers(_ destination: Destination) -> JSONValue? {
    var headers: [String: JSONValue] = [:]
    for (name, value) in headerValues(destination) { headers[name] = .string(value) }
    return headers.isEmpty ? nil : .object(headers)
  }

  /// Names and texts in the configuration, in order.
  static func headerValues(_ destination: Destination) -> [(name: String, value: String)] {
    if case .dash0(let export) = destination.kind {
      let token = CollectorText.variable(destination.token(export).variable)
      let dataset = export.dataset.map { [("Dash0-Dataset", CollectorText.escape($0))] } ?? []
      return [("Authorization", "Bearer \(token)")] + dataset
    }
    return destination.headers.enumerated().map { index, header in
      if let entry = destination.credential(ofHeader: index) {
        return (header.name, CollectorText.variable(entry.variable))
      }
      guard case .plain(let text) = header.value else { return (header.name, "") }
      return (header.name, CollectorText.escape(text))
    }
  }

  private static func keepalive(_ keepalive: Keepalive?) -> JSONValue? {
    keepalive.map { keepalive in
      .object(
        omittingNil: [
          "time": keepalive.time.map(JSONValue.string),
          "timeout": keepalive.timeout.map(JSONValue.string),
          "permit_without_stream": keepalive.permitsWithoutStream ? true : nil,
        ])
    }
  }
}
