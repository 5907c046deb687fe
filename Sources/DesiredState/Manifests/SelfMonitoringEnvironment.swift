internal import FilelogEncodings

/// The `OTEL_*` variables of the init and the sync container.
///
/// Over HTTP no protocol is named: this project's sidecar then sends JSON, and upstream's protobuf; it
/// exits at once where the protocol is named JSON. Where the backend has only a gRPC endpoint, this
/// project's logs that once and goes on without.
func selfMonitoringEnvironment(_ input: DesiredStateInput) -> [EnvironmentVariable] {
  guard let target = SelfMonitoring(input)?.target else { return [] }
  let credentials = Credentials(input)
  let settings = SidecarTelemetry(target)
  var variables = target.credentials.map(credentials.encodedVariable)
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
  /// `name=value,…`, with `$(NAME)` for secret values.
  let headers: String

  init(_ target: Destination) {
    switch target.kind {
    case .dash0(let export):
      endpoint = OTLPEndpoint.url(export.endpoint, tls: target.tls)
      protocolName = "grpc"
      var pairs = ["Authorization=Bearer%20$(\(target.token(export).encodedVariable))"]
      if let dataset = export.dataset {
        pairs.append("Dash0-Dataset=\(PercentEncoding.encode(dataset))")
      }
      headers = pairs.joined(separator: ",")
    case .grpc(let export):
      endpoint = OTLPEndpoint.url(export.endpoint, tls: export.tls)
      protocolName = "grpc"
      headers = Self.headers(target)
    case .http(let export):
      endpoint = export.endpoint
      protocolName = nil
      headers = Self.headers(target)
    }
  }

  private static func headers(_ target: Destination) -> String {
    target.headers.enumerated().map { index, header in
      let name = EnvironmentVariable.escape(header.name)
      return switch header.value {
      case .plain(let text): name + "=" + PercentEncoding.encode(text)
      case .secret:
        name + "=$(" + (target.credential(ofHeader: index)?.encodedVariable ?? "") + ")"
      }
    }.joined(separator: ",")
  }
}
