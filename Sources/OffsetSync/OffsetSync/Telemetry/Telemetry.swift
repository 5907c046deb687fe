internal import FilelogHTTPClient
internal import FilelogSystemCalls

/// The sidecar's metrics and, where an endpoint is configured, their export.
///
/// Counting always works; without an endpoint ``poll(now:)`` and ``flush(until:clock:)`` do nothing.
public struct Telemetry {
  /// Where the program counts.
  public let metrics: Metrics
  private let exporter: MetricExporter?

  /// - Parameters:
  ///   - environment: the container's variables.
  ///   - container: `filelog-offset-sync` or `filelog-offset-init`.
  ///   - log: told of every problem in the configuration, and when exports begin or cease to fail.
  ///   - now: on the monotonic clock that ``poll(now:)`` will get.
  public init(environment: [String: String], container: String, log: Log, now: Duration) {
    metrics = Metrics()
    let (settings, problems) = TelemetrySettings.read(
      environment: environment, container: container)
    for problem in problems { log.warn("telemetry: \(problem)") }
    guard let settings else {
      exporter = nil
      return
    }
    do throws(TelemetrySettings.Problem) {
      exporter = MetricExporter(
        settings: settings, metrics: metrics, log: log, now: now,
        channel: HTTPClient(try settings.clientOptions()))
    } catch {
      log.warn("telemetry: \(error)")
      exporter = nil
    }
  }

  /// When ``poll(now:)`` has something to do next; nil when it never has.
  public var nextDeadline: Duration? { exporter?.nextDeadline }

  /// Does what is due, without waiting.
  public func poll(now: Duration) { exporter?.poll(now: now) }

  /// Sends what there is a last time.
  public func flush(until deadline: Duration, clock: () -> Duration) {
    exporter?.flush(until: deadline, clock: clock)
  }
}

extension TelemetrySettings {
  /// Reads the files that the settings name.
  func clientOptions() throws(Problem) -> HTTPClient.Options {
    var options = HTTPClient.Options(proxy: .environment)
    if let file = authorityFile {
      options.trust = .authorities(pem: try Self.content(file, "OTEL_EXPORTER_OTLP_CERTIFICATE"))
    }
    switch (clientCertificateFile, clientKeyFile) {
    case (let certificate?, let key?):
      options.clientCertificate = ClientCertificate(
        certificate: try Self.content(certificate, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
        key: try Self.content(key, "OTEL_EXPORTER_OTLP_CLIENT_KEY"))
    case (nil, nil): break
    default:
      throw Problem(
        variable: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        text: "a certificate and a key belong together; no metrics are sent")
    }
    return options
  }

  /// A bundle of every public authority has a quarter of that.
  private static var certificateLimit: Int { 1 << 20 }

  private static func content(_ file: String, _ variable: String) throws(Problem) -> [UInt8] {
    do {
      return try SystemCalls.host.content(of: file, limit: certificateLimit)
    } catch {
      throw Problem(variable: variable, text: "\(file) cannot be read; no metrics are sent")
    }
  }
}
