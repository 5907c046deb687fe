/// Where metrics go and what they say of their origin, as OpenTelemetry's environment variables and
/// those of the operator's contract have it.
public struct TelemetrySettings: Hashable, Sendable {
  /// The full URL of the metrics endpoint.
  public var endpoint: String
  public var headers: [Header] = []
  public var resource: [String: String] = [:]
  public var interval: Duration = .seconds(60)

  /// For one export.
  public var timeout: Duration = .seconds(10)

  /// PEM files; nil for the system's authorities and for no client certificate.
  public var authorityFile: String?
  public var clientCertificateFile: String?
  public var clientKeyFile: String?

  public struct Header: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Everything but the endpoint as it is without further variables, and no resource.
  public init(endpoint: String) {
    self.endpoint = endpoint
  }

  /// What was found wrong. Each is said once and does not keep the sidecar from its work.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public let variable: String
    public let text: String
    public var description: String { "\(variable): \(text)" }
  }

  /// - Parameter container: `filelog-offset-sync` or `filelog-offset-init`.
  /// - Returns: no settings when no endpoint is given, when it cannot be used, or when telemetry is
  ///   switched off.
  public static func read(
    environment: [String: String], container: String
  ) -> (settings: TelemetrySettings?, problems: [Problem]) {
    var reader = TelemetryEnvironment(variables: environment)
    guard reader.isEnabled, let endpoint = reader.endpoint() else { return (nil, reader.problems) }
    var settings = TelemetrySettings(endpoint: endpoint)
    reader.noteProtocol()
    settings.headers = reader.headers()
    settings.resource = reader.resource(container: container)
    settings.interval =
      reader.milliseconds("OTEL_METRIC_EXPORT_INTERVAL") ?? settings.interval
    settings.timeout = reader.milliseconds(reader.variable("TIMEOUT")) ?? settings.timeout
    settings.authorityFile = reader.text(reader.variable("CERTIFICATE"))
    settings.clientCertificateFile = reader.text(reader.variable("CLIENT_CERTIFICATE"))
    settings.clientKeyFile = reader.text(reader.variable("CLIENT_KEY"))
    return (settings, reader.problems)
  }
}
