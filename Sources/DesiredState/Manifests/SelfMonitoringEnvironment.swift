internal import Encodings

/// The `OTEL_*` variables of the init and the sync container.
///
/// The sidecar reports over HTTP; where the backend has only a gRPC endpoint it says so once and
/// goes on without. Upstream's sidecar understands both.
func selfMonitoringEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  guard let target = SelfMonitoring(input)?.target else { return [] }
  let credentials = Credentials(input)
  let settings = SidecarTelemetry(target)
  var variables = target.entries.map(credentials.encodedVariable)
  variables.append(
    EnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", .text(settings.endpoint)))
  variables.append(
    EnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", .text(settings.protocolName)))
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
  let protocolName: String
  /// `name=value,…`, with `$(NAME)` for secret values.
  let headers: String

  init(_ target: SelfMonitoring.Target) {
    switch target {
    case .dash0(let export):
      let isPlain = export.endpoint.lowercased().hasPrefix("http://")
      endpoint = OTLPEndpoint.url(export.endpoint, tls: isPlain ? .none : .verified)
      protocolName = "grpc"
      var pairs = ["Authorization=Bearer%20$(\(Credentials.token(export).encodedVariable))"]
      if let dataset = export.dataset {
        pairs.append("Dash0-Dataset=\(PercentEncoding.encode(dataset))")
      }
      headers = pairs.joined(separator: ",")
    case .grpc(let export):
      endpoint = OTLPEndpoint.url(export.endpoint, tls: export.tls)
      protocolName = "grpc"
      headers = Self.headers(export, "grpc")
    case .http(let export):
      endpoint = export.endpoint
      protocolName = "http/json"
      headers = Self.headers(export, "http")
    }
  }

  private static func headers(_ export: OTLPExport, _ transport: String) -> String {
    export.headers.enumerated().map { index, header in
      let name = EnvironmentVariable.escape(header.name)
      return switch header.value {
      case .plain(let text): name + "=" + PercentEncoding.encode(text)
      case .secret:
        name + "=$("
          + (Credentials.header(header, at: index, of: transport)?.encodedVariable ?? "") + ")"
      }
    }.joined(separator: ",")
  }
}
