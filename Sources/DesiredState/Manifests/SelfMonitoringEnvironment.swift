internal import FilelogEncodings

/// The `OTEL_*` variables of the init and the sync container.
///
/// Over HTTP no protocol is named: this project's sidecar then sends JSON, and upstream's protobuf; it
/// exits at once where the protocol is named JSON. Where the backend has only a gRPC endpoint, this
/// project's logs that once and goes on without.
func selfMonitoringEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  guard let target = SelfMonitoring(input)?.target else { return [] }
  let credentials = Credentials(input)
  let settings = SidecarTelemetry(target, credentials)
  var variables = target.credentials.map { credentials.header($0).variable }
  variables.append(
    EnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", .text(settings.endpoint)))
  if let name = settings.protocolName {
    variables.append(EnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", .text(name)))
  }
  if !settings.headers.isEmpty {
    variables.append(
      EnvironmentVariable("OTEL_EXPORTER_OTLP_HEADERS", .expanded(settings.headers)))
  }
  variables.append(
    EnvironmentVariable(
      "OTEL_RESOURCE_ATTRIBUTES",
      .text(
        "service.namespace=dash0-operator,service.name=filelog-offset-sync,"
          + "service.version=\(PercentEncoding.encode(input.release.chartVersion))")))
  return variables
}

/// A target in the terms of OpenTelemetry's environment variables.
private struct SidecarTelemetry {
  let endpoint: String
  let protocolName: String?
  /// `name=value,…`, with secret values as ``Credentials/header(_:)`` has them.
  let headers: String

  init(_ target: Destination, _ credentials: Credentials) {
    switch target.kind {
    case .dash0(let export):
      endpoint = OTLPEndpoint.url(export.endpoint, tls: target.tls)
      protocolName = "grpc"
      var pairs = ["Authorization=Bearer%20\(credentials.header(target.token(export)).text)"]
      if let dataset = export.dataset {
        pairs.append("Dash0-Dataset=\(PercentEncoding.encode(dataset))")
      }
      headers = pairs.joined(separator: ",")
    case .grpc(let export):
      endpoint = OTLPEndpoint.url(export.endpoint, tls: export.tls)
      protocolName = "grpc"
      headers = Self.headers(target, credentials)
    case .http(let export):
      endpoint = export.endpoint
      protocolName = nil
      headers = Self.headers(target, credentials)
    }
  }

  private static func headers(_ target: Destination, _ credentials: Credentials) -> String {
    target.headers.enumerated().map { index, header in
      let name = EnvironmentVariable.escape(header.name)
      return switch header.value {
      case .plain(let text): name + "=" + PercentEncoding.encode(text)
      case .secret:
        name + "=" + (target.credential(ofHeader: index).map { credentials.header($0).text } ?? "")
      }
    }.joined(separator: ",")
  }
}
