/// How the kubelet asks the collector for its health; nil where a values file took a probe away.
public struct Probes: Hashable, Sendable {
  /// When the kubelet starts the container anew.
  public var liveness: Probe?
  /// When the pod counts as ready.
  public var readiness: Probe?
  /// How long a start may take, before the others begin.
  public var startup: Probe?
  /// Key paths that the operator sets itself; its values count, as upstream's do.
  public let overridden: [String]

  init(_ reader: ValueReader) {
    let fields = reader.object()
    liveness = Probe(fields["liveness"])
    readiness = Probe(fields["readiness"], isReadiness: true)
    startup = Probe(fields["startup"])
    overridden = ["liveness", "readiness", "startup"].flatMap { Probe.handlers(fields[$0]) }
    fields.rejectUnknownKeys()
  }
}

/// The timing of one probe.
public struct Probe: Hashable, Sendable {
  /// Under Kubernetes' own names, in seconds or times; what is not set is Kubernetes' default.
  public var settings: [String: Int]

  /// What is asked is the operator's to say.
  private static let handlers = ["exec", "grpc", "httpGet", "tcpSocket"]

  fileprivate static func handlers(_ reader: ValueReader) -> [String] {
    guard reader.isMapping else { return [] }
    return handlers.map { reader.object()[$0] }.filter(\.isPresent).map(\.keyPath)
  }

  fileprivate static let mostSeconds = Int(Int32.max)

  /// A probe with these settings, all others being Kubernetes' defaults.
  public init(settings: [String: Int]) { self.settings = settings }

  /// - Parameter isReadiness: it may ask for more than one success in a row, and has no grace period.
  init?(_ reader: ValueReader, isReadiness: Bool = false) {
    guard reader.isPresent else { return nil }
    let fields = reader.object()
    let ranges = [
      "failureThreshold": 0...Self.mostSeconds, "initialDelaySeconds": 0...Self.mostSeconds,
      "periodSeconds": 0...Self.mostSeconds,
      "successThreshold": 0...(isReadiness ? Self.mostSeconds : 1),
      "timeoutSeconds": 0...Self.mostSeconds,
    ].merging(!isReadiness ? ["terminationGracePeriodSeconds": 1...Self.mostSeconds] : [:]) { $1 }
    var settings: [String: Int] = [:]
    for (name, range) in ranges.sorted(by: { $0.key < $1.key }) {
      settings[name] = fields[name].integer(in: range)
    }
    fields.accept(Self.handlers)
    fields.rejectUnknownKeys()
    // Zero stands for Kubernetes' default, and the API server drops it.
    self.settings = settings.filter { $0.value != 0 }
  }
}
