internal import FilelogJSON

/// The settings of a `Dash0OperatorConfiguration`.
struct OperatorConfiguration {
  let settings: TelemetrySettings
  let automatic: AutomaticMonitoring?
  /// `metadata.name`.
  let name: String

  init(_ object: ClusterObject) {
    name = object.name
    let fields = object.reader.object()
    fields["apiVersion"].checkVersion(["v1alpha1"])
    let spec = fields["spec"].object()
    settings = TelemetrySettings(
      exports: Export.read(spec),
      monitorsItself: Self.enabled(spec["selfMonitoring"], default: true),
      collectsTelemetry: Self.enabled(spec["telemetryCollection"], default: true),
      attributes: AttributeSources(
        pods: Self.enabled(spec["collectPodLabelsAndAnnotations"], default: true),
        namespaces: Self.enabled(spec["collectNamespaceLabelsAndAnnotations"], default: false),
        nodes: Self.enabled(spec["collectNodeLabelsAndAnnotations"], default: false)),
      clusterName: spec["clusterName"].text())
    automatic = AutomaticMonitoring(
      spec["autoMonitorNamespaces"], template: spec["monitoringTemplate"])
    spec.accept([
      "instrumentWorkloads", "kubernetesInfrastructureMetricsCollection",
      "kubernetesInfrastructureMetricsCollectionEnabled", "profiling", "prometheusCrdSupport",
    ])
    spec.rejectUnknownKeys()
  }

  private static func enabled(_ reader: ValueReader, default fallback: Bool) -> Bool {
    let fields = reader.object()
    let isEnabled = fields["enabled"].bool(default: fallback)
    fields.rejectUnknownKeys()
    return isEnabled
  }
}

extension ValueReader {
  /// Refuses a version of upstream's resources that its operator does not serve.
  func checkVersion(_ versions: [String]) {
    let expected = versions.map { "operator.dash0.com/\($0)" }
    guard let text = text(), !expected.contains(text) else { return }
    reject(expected: expected.joined(separator: " or "))
  }
}

/// `autoMonitorNamespaces` with `monitoringTemplate`.
struct AutomaticMonitoring {
  /// `labelSelector`, as written.
  let selectorText: String
  private let selector: LabelSelector
  private let template: ValueReader

  /// Nil unless enabled.
  init?(_ reader: ValueReader, template: ValueReader) {
    let fields = reader.object()
    let isEnabled = fields["enabled"].bool()
    let selector = fields["labelSelector"]
    let text = selector.text() ?? "dash0.com/enable!=false"
    let parsed = LabelSelector(text)
    if parsed == nil {
      selector.reject(expected: "a label selector like dash0.com/enable!=false")
    }
    fields.rejectUnknownKeys()
    // Read once even where no namespace matches, so that a slip in it is found.
    let object = template.object()
    object.accept(["metadata"])
    let sample = MonitoredNamespace("", spec: object["spec"])
    if !sample.exports.isEmpty {
      object["spec"].reject(
        found: "exports", expected: "none: those of the operator are for all of its namespaces")
    }
    object.rejectUnknownKeys()
    guard isEnabled, let parsed else { return nil }
    selectorText = text
    self.selector = parsed
    self.template = template
  }

  /// What the template asks for in a namespace.
  func monitored(_ namespace: String) -> MonitoredNamespace {
    MonitoredNamespace(namespace, spec: template.object()["spec"])
  }

  /// The namespaces of the request that the selector matches; never those of Kubernetes itself.
  func namespaces(_ request: DesiredStateRequest, log: ProblemLog) -> [String] {
    NamespaceList.read(request, firstRank: 20_000, log: log)
      .filter { !Self.systemNamespaces.contains($0.name) && selector.matches($0.labels) }
      .map(\.name)
  }

  private static let systemNamespaces = ["kube-node-lease", "kube-public", "kube-system"]
}
