internal import FilelogContract
internal import FilelogJSON

extension DesiredStateInput {
  /// Reads and checks a request.
  /// - Throws: ``InvalidInput`` with every problem that the request has.
  public init(_ request: DesiredStateRequest) throws(InvalidInput) {
    let log = ProblemLog()
    let release = Release(request, log: log)
    var automatic: AutomaticMonitoring?
    let tree = ValuesTree.merged(request, log: log)
    let values = HelmValues(
      tree, chartVersion: request.chartVersion, layouts: LayoutFacts(request),
      automatic: &automatic, log: log)
    let monitoring = Monitoring(request, automatic: automatic, log: log)
    let annotations = Self.annotations(request, log: log)
    Self.checkOwner(request, log: log)
    let checks = InputChecks(request, values, monitoring, tree: tree, log: log)
    checks.run()
    try log.check()
    let draft = Self(
      release: release, values: values, namespaces: monitoring.namespaces,
      settings: TelemetrySettings(values, monitoring),
      usesNativeSidecar: checks.usesNativeSidecar, configuration: "",
      compressesConfiguration: values.collector.compressesConfigMap, annotations: annotations,
      ownerReference: request.ownerReference, hasAdmissionPolicy: checks.hasAdmissionPolicy,
      notes: [])
    let configuration = CollectorConfiguration(draft).yaml
    let size = ConfigurationSize(draft, of: configuration)
    if let problem = size.problem(monitoring.origin) { log.add(problem) }
    try log.check()
    self.init(
      release: draft.release, values: draft.values, namespaces: draft.namespaces,
      settings: draft.settings, usesNativeSidecar: draft.usesNativeSidecar,
      configuration: configuration, compressesConfiguration: size.isCompressed,
      annotations: draft.annotations,
      ownerReference: draft.ownerReference, hasAdmissionPolicy: draft.hasAdmissionPolicy,
      notes: DesiredStateNote.all(draft, monitoring, checks, log.unused) + size.notes)
  }

  /// What the API server asks of an owner.
  private static func checkOwner(_ request: DesiredStateRequest, log: ProblemLog) {
    guard let owner = request.ownerReference else { return }
    let text = Shape.text(TextRule(expected: "a text") { !$0.isEmpty })
    let shape = Shape.object(
      required: ["apiVersion": text, "kind": text, "name": text, "uid": text],
      optional: ["blockOwnerDeletion": .bool, "controller": .bool])
    let origin = Origin.request(.ownerReference)
    let value = SourcedValue(owner, origin)
    shape.read(ValueReader(keyPath: "", value: value, parent: origin, log: log))
  }

  private static func annotations(
    _ request: DesiredStateRequest, log: ProblemLog
  ) -> [String: String] {
    for key in request.annotations.keys.sorted() where !KubernetesName.isQualifiedName(key) {
      log.add(
        .request(.annotations), "", found: SourcedValue.quote(key),
        expected: "an annotation key (name or example.com/name)")
    }
    return request.annotations
  }
}

extension TelemetrySettings {
  /// The configuration resource stands for the values, but for telemetry collection: upstream's operator
  /// sets no collector up where its chart switches it off.
  init(_ values: HelmValues, _ monitoring: Monitoring) {
    self = monitoring.configuration?.settings ?? values.settings
    if !values.settings.collectsTelemetry { collectsTelemetry = false }
  }
}

extension Release {
  /// Notes what is wrong with the parts of a request that name the release.
  init(_ request: DesiredStateRequest, log: ProblemLog) {
    self.init(
      name: request.release, namespace: request.namespace, chartVersion: request.chartVersion,
      clusterUID: request.clusterUID.flatMap { $0.isEmpty ? nil : $0 },
      daemonSetUID: request.daemonSetUID.flatMap { $0.isEmpty ? nil : $0 },
      adoptedInstance: request.adoptedInstance)
    Self.check(name, .release, .release, log)
    if TextRule.release.accepts(name) { Self.check(name, .distinctRelease, .release, log) }
    Self.check(namespace, .namespace, .namespace, log)
    Self.check(chartVersion, .chartVersion, .chartVersion, log)
    if let clusterUID { Self.check(clusterUID, .clusterUID, .clusterUID, log) }
    if let daemonSetUID { Self.check(daemonSetUID, .daemonSetUID, .daemonSetUID, log) }
    if let adoptedInstance { Self.check(adoptedInstance, .labelValue, .adoptedInstance, log) }
  }

  private static func check(
    _ text: String, _ rule: TextRule, _ part: DesiredStateRequest.Part, _ log: ProblemLog
  ) {
    guard !rule.accepts(text) else { return }
    log.add(.request(part), "", found: SourcedValue.quote(text), expected: rule.expected)
  }
}

extension TextRule {
  /// Helm's own limit of 53 leaves room for what names of objects add; the release is also the
  /// value of a label.
  static let release = TextRule(
    expected: "a Helm release name (up to 53 of a-z, 0-9, - and .)"
  ) { $0.utf8.count <= 53 && KubernetesName.isSubdomain($0) }

  static let distinctRelease = TextRule(
    expected:
      "a release name without \"-filelogoffsets\": its config maps could be called as another "
      + "release's"
  ) { !OffsetsMapName.mayBelongToOthers(Contract.offsetsConfigMapName(release: $0)) }

  /// It is the tag of images and the value of a label; whatever is a label's is a tag too.
  static let chartVersion = TextRule(
    expected: "a chart version (up to 63 letters, digits, -, _ and .)"
  ) { !$0.isEmpty && KubernetesName.isLabelValue($0) }

  static let clusterUID = TextRule(
    expected: "the UID of the namespace kube-system, like 7b0e6c1d-…", accepts: isUID)

  static let daemonSetUID = TextRule(
    expected: "the UID of the DaemonSet, like 7b0e6c1d-…", accepts: isUID)

  private static func isUID(_ text: String) -> Bool {
    text.utf8.count <= 63 && KubernetesName.isLabelValue(text)
  }
}
