internal import Contract
internal import JSON

/// Where the collector and the sync container report on themselves; nil when they do not, because
/// nobody asked for it or there is no export to report to.
struct SelfMonitoring {
  let target: Target
  private let input: DesiredStateInput

  /// One backend, as in upstream's operator: the first of the three.
  enum Target {
    case dash0(Dash0Export)
    case grpc(OTLPExport)
    case http(OTLPExport)

    /// The secret texts that a report needs.
    var entries: [Credentials.Entry] {
      switch self {
      case .dash0(let export): [Credentials.token(export)]
      case .grpc(let export): Self.entries(export, "grpc")
      case .http(let export): Self.entries(export, "http")
      }
    }

    private static func entries(
      _ export: OTLPExport, _ transport: String
    ) -> [Credentials.Entry] {
      export.headers.enumerated().compactMap {
        Credentials.header($1, at: $0, of: transport)
      }
    }
  }

  init?(_ input: DesiredStateInput) {
    guard input.values.collector.monitorsItself else { return nil }
    let exports = input.values.exports
    if let dash0 = exports.dash0 {
      target = .dash0(dash0)
    } else if let grpc = exports.grpc {
      target = .grpc(grpc)
    } else if let http = exports.http {
      target = .http(http)
    } else {
      return nil
    }
    self.input = input
  }

  /// `service.telemetry` of the collector.
  var telemetry: JSONValue {
    var resource: [String: JSONValue] = [
      "k8s.container.name": .string(Contract.ContainerName.collector),
      "k8s.daemonset.name": .string(Names(input.release).daemonSet),
      "k8s.namespace.name": .string(input.release.namespace),
      "k8s.pod.name": .string(CollectorText.variable(Contract.Variable.podName.rawValue)),
      "service.namespace": "dash0-operator",
    ]
    resource["k8s.cluster.name"] = input.values.clusterName.map(CollectorText.json)
    resource["k8s.cluster.uid"] = input.release.clusterUID.map(JSONValue.string)
    let metrics: JSONValue = ["otlp": exporter(of: "metrics")]
    let logs: JSONValue = ["otlp": exporter(of: "logs")]
    return [
      "metrics": [
        "readers": [["periodic": ["exporter": metrics, "interval": 30000, "timeout": 10000]]]
      ],
      "logs": ["processors": [["batch": ["exporter": logs]]]],
      "resource": .object(resource),
    ]
  }

  private func exporter(of signal: String) -> JSONValue {
    switch target {
    case .dash0(let export):
      let token = CollectorText.variable(Credentials.token(export).variable)
      var headers: [JSONValue] = [
        ["name": "Authorization", "value": .string("Bearer \(token)")]
      ]
      if let dataset = export.dataset {
        headers.append(["name": "Dash0-Dataset", "value": CollectorText.json(dataset)])
      }
      return exporter("grpc", export.endpoint, headers)
    case .grpc(let export): return exporter("grpc", export.endpoint, headers(export, "grpc"))
    case .http(let export):
      // The collector's own telemetry knows no JSON, and takes the path as it is given.
      let base = export.endpoint.hasSuffix("/") ? export.endpoint.dropLast() : export.endpoint[...]
      return exporter("http/protobuf", "\(base)/v1/\(signal)", headers(export, "http"))
    }
  }

  private func exporter(
    _ protocolName: String, _ endpoint: String, _ headers: [JSONValue]
  ) -> JSONValue {
    .object(
      omittingNil: [
        "protocol": .string(protocolName),
        "endpoint": CollectorText.json(OTLPEndpoint.url(endpoint, tls: tls)),
        "insecure": tls == .none && protocolName == "grpc" ? true : nil,
        "headers": .list(headers),
      ])
  }

  private func headers(_ export: OTLPExport, _ transport: String) -> [JSONValue] {
    export.headers.enumerated().map { index, header in
      [
        "name": CollectorText.json(header.name),
        "value": Exporters.value(of: header, at: index, transport),
      ]
    }
  }

  private var tls: OTLPExport.TLS {
    switch target {
    case .dash0(let export):
      export.endpoint.lowercased().hasPrefix("http://") ? .none : .verified
    case .grpc(let export), .http(let export): export.tls
    }
  }
}

/// Endpoints as OpenTelemetry's SDKs want them: always with a scheme.
enum OTLPEndpoint {
  static func url(_ endpoint: String, tls: OTLPExport.TLS) -> String {
    if endpoint.contains("://") { return endpoint }
    return (tls == .none ? "http://" : "https://") + endpoint
  }
}
