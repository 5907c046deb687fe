internal import FilelogContract
internal import FilelogJSON

/// Where the collector and the sync container report on themselves; nil when they do not, because
/// self-monitoring is off or there is no export to report to.
struct SelfMonitoring {
  /// One backend, as in upstream's operator: the first of the first export.
  let target: Destination
  private let input: DesiredStateInput

  init?(_ input: DesiredStateInput) {
    guard input.settings.monitorsItself,
      let first = Destination.all(input.settings.exports, .standard).first
    else { return nil }
    target = first
    self.input = input
  }

  /// `service.telemetry` of the collector.
  var telemetry: JSONValue {
    let metrics: JSONValue = ["otlp": exporter(of: "metrics")]
    let logs: JSONValue = ["otlp": exporter(of: "logs")]
    return [
      "metrics": [
        "readers": [["periodic": ["exporter": metrics, "interval": 30000, "timeout": 10000]]]
      ],
      "logs": ["processors": [["batch": ["exporter": logs]]]],
      "resource": resource,
    ]
  }

  private var resource: JSONValue {
    var resource: [String: JSONValue] = [
      "k8s.container.name": .string(Contract.ContainerName.collector),
      "k8s.daemonset.name": .string(Names(input.release).daemonSet),
      "k8s.namespace.name": .string(input.release.namespace),
      "k8s.node.name": Self.variable(.nodeName),
      "k8s.pod.name": Self.variable(.podName),
      "k8s.pod.uid": Self.variable(.podUID),
      "service.namespace": "dash0-operator",
    ]
    resource["k8s.cluster.name"] = input.settings.clusterName.map(CollectorText.json)
    resource["k8s.cluster.uid"] = input.release.clusterUID.map(JSONValue.string)
    guard input.values.images.collectorProgram.knowsCurrentNames else { return .object(resource) }
    let attributes = resource.sorted { $0.key < $1.key }.map { name, value -> JSONValue in
      ["name": .string(name), "value": value]
    }
    return ["attributes": .array(attributes)]
  }

  private static func variable(_ variable: Contract.Variable) -> JSONValue {
    .string(CollectorText.variable(variable.rawValue))
  }

  private func exporter(of signal: String) -> JSONValue {
    let (protocolName, endpoint) =
      switch target.kind {
      case .dash0, .grpc: ("grpc", target.endpoint)
      // The collector's own telemetry knows no JSON, and takes the path as it is given.
      case .http: ("http/protobuf", "\(withoutSlash(target.endpoint))/v1/\(signal)")
      }
    let headers = Exporters.headerValues(target).map { name, value -> JSONValue in
      ["name": CollectorText.json(name), "value": .string(value)]
    }
    return .object(
      omittingNil: [
        "protocol": .string(protocolName),
        "endpoint": CollectorText.json(OTLPEndpoint.url(endpoint, tls: target.tls)),
        "insecure": target.tls == .none && protocolName == "grpc" ? true : nil,
        "headers": .list(headers),
      ])
  }

  private func withoutSlash(_ endpoint: String) -> Substring {
    endpoint.hasSuffix("/") ? endpoint.dropLast() : endpoint[...]
  }
}

/// Endpoints as OpenTelemetry's SDKs want them: always with a scheme.
enum OTLPEndpoint {
  static func url(_ endpoint: String, tls: OTLPExport.TLS) -> String {
    if endpoint.contains("://") { return endpoint }
    return (tls == .none ? "http://" : "https://") + endpoint
  }
}
