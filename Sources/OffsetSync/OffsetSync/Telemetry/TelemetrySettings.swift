/// Where metrics go and what they say of their origin, as OpenTelemetry's environment variables and
/// those of the operator's contract have it.
public struct TelemetrySettings: Hashable, Sendable {
  /// The full URL of the metrics endpoint.
  public var endpoint: String
  /// Sent with every export, in this order. Their values may be secrets.
  public var headers: [Header] = []
  /// The resource's attributes, by name.
  public var resource: [String: String] = [:]
  /// Between two exports; 60 s is OpenTelemetry's default.
  public var interval: Duration = .seconds(60)

  /// For one export.
  public var timeout: Duration = .seconds(10)

  /// PEM files; nil for the system's authorities and for no client certificate.
  public var authorityFile: String?
  /// PEM; goes with ``clientKeyFile``.
  public var clientCertificateFile: String?
  /// PEM; goes with ``clientCertificateFile``.
  public var clientKeyFile: String?

  /// One HTTP header.
  public struct Header: Hashable, Sendable {
    /// The header's name.
    public let name: String
    /// The header's value; never logged.
    public let value: String

    /// A header with this name and value.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Everything but the endpoint as it is without further variables, and no resource.
  public init(endpoint: String) {
    self.endpoint = endpoint
  }

  /// What was found wrong. Each is logged once and does not keep the sidecar from its work.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The environment variable that holds it.
    public let variable: String
    /// What is wrong and what follows from it. Never a header's value.
    public let text: String
    public var description: String { "\(variable): \(text)" }
  }

  /// - Parameters:
  ///   - environment: the container's variables.
  ///   - container: `filelog-offset-sync` or `filelog-offset-init`.
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
