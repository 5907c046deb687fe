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
    fields["apiVersion"].version(["v1alpha1"])
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
    ForeignFields.check(configuration: spec)
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
  /// The version of one of upstream's resources; refuses one that its operator does not serve.
  @discardableResult
  func version(_ versions: [String]) -> String? {
    let expected = versions.map { "operator.dash0.com/\($0)" }
    guard let text = text() else { return nil }
    if expected.contains(text) { return text.split(separator: "/").last.map(String.init) }
    reject(expected: expected.joined(separator: " or "))
    return nil
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
    let text = selector.text(isPrinted: true) ?? "dash0.com/enable!=false"
    let parsed = LabelSelector(text)
    if parsed == nil { selector.reject(expected: TextRule.labelSelector.expected) }
    if reader.typing == .printed, fields["monitoringTemplate"].unlessFalsy.isPresent {
      fields["monitoringTemplate"].reject(
        found: "the template", expected: "it one level higher, as operator.monitoringTemplate")
    }
    fields.rejectUnknownKeys()
    var template = template.unlessFalsy
    // The operator decodes it as the object that it makes of it.
    template.typing = .schema
    // Read once even where no namespace matches, so that a slip in it is found.
    let object = template.object()
    _ = object["metadata"].object()
    let sample = MonitoredNamespace("", spec: object["spec"])
    if !sample.exports.isEmpty {
      object["spec"].reject(
        found: "exports", expected: "none: those of the operator are for all of its namespaces")
    }
    object.rejectUnknownKeys()
    guard isEnabled, let parsed else {
      selector.noteUnused(because: "autoMonitorNamespaces is not enabled")
      template.noteUnused(because: "autoMonitorNamespaces is not enabled")
      return nil
    }
    selectorText = text
    self.selector = parsed
    self.template = template
  }

  /// Whether another one asks for the same.
  func isSame(as other: AutomaticMonitoring?) -> Bool {
    selectorText == other?.selectorText && template.value?.json == other?.template.value?.json
  }

  /// What the template asks for in a namespace.
  func monitored(_ namespace: String) -> MonitoredNamespace {
    MonitoredNamespace(namespace, spec: template.object()["spec"])
  }

  /// The namespaces of the request that the selector matches; never those of Kubernetes itself.
  func namespaces(
    _ request: DesiredStateRequest, log: ProblemLog
  ) -> [NamespaceList.Entry] {
    NamespaceList.read(request, firstRank: 20_000, log: log)
      .filter { !Self.systemNamespaces.contains($0.name) && selector.matches($0.labels) }
  }

  private static let systemNamespaces = ["kube-node-lease", "kube-public", "kube-system"]
}
