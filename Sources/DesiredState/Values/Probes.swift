/// How the kubelet asks the collector for its health; nil where a values file took a probe away.
struct Probes: Hashable, Sendable {
  let liveness: Probe?
  let readiness: Probe?
  let startup: Probe?

  init(_ reader: ValueReader) {
    let fields = reader.object()
    liveness = Probe(fields["liveness"], mostSuccesses: 1)
    readiness = Probe(fields["readiness"], mostSuccesses: Probe.mostSeconds)
    startup = Probe(fields["startup"], mostSuccesses: 1)
    fields.rejectUnknownKeys()
  }
}

/// The timing of one probe.
struct Probe: Hashable, Sendable {
  /// Under Kubernetes' own names, in seconds or times; what is not set is Kubernetes' default.
  let settings: [String: Int]

  fileprivate static let mostSeconds = Int(Int32.max)

  /// - Parameter mostSuccesses: only readiness may ask for more than one success in a row.
  init?(_ reader: ValueReader, mostSuccesses: Int) {
    guard reader.isPresent else { return nil }
    let fields = reader.object()
    let ranges = [
      "failureThreshold": 1...Self.mostSeconds, "initialDelaySeconds": 0...Self.mostSeconds,
      "periodSeconds": 1...Self.mostSeconds, "successThreshold": 1...mostSuccesses,
      "timeoutSeconds": 1...Self.mostSeconds,
    ]
    var settings: [String: Int] = [:]
    for (name, range) in ranges.sorted(by: { $0.key < $1.key }) {
      settings[name] = fields[name].integer(in: range)
    }
    fields.rejectUnknownKeys()
    // Zero is Kubernetes' default, and the API server drops it.
    if settings["initialDelaySeconds"] == 0 { settings["initialDelaySeconds"] = nil }
    self.settings = settings
  }
}
