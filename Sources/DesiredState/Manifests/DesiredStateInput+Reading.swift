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
    let checks = InputChecks(request, values, monitoring, tree: tree, log: log)
    checks.run()
    try log.check()
    let draft = Self(
      release: release, values: values, namespaces: monitoring.namespaces,
      settings: monitoring.configuration?.settings ?? values.settings,
      usesNativeSidecar: checks.usesNativeSidecar,
      compressesConfiguration: values.collector.compressesConfigMap, annotations: annotations,
      ownerReference: request.ownerReference, hasAdmissionPolicy: checks.hasAdmissionPolicy,
      notes: [])
    let size = ConfigurationSize(draft)
    if let problem = size.problem(.request(.values)) { log.add(problem) }
    try log.check()
    self.init(
      release: draft.release, values: draft.values, namespaces: draft.namespaces,
      settings: draft.settings, usesNativeSidecar: draft.usesNativeSidecar,
      compressesConfiguration: size.isCompressed, annotations: draft.annotations,
      ownerReference: draft.ownerReference, hasAdmissionPolicy: draft.hasAdmissionPolicy,
      notes: DesiredStateNote.all(draft, monitoring, checks) + size.notes)
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

extension Release {
  /// Notes what is wrong with the parts of a request that name the release.
  init(_ request: DesiredStateRequest, log: ProblemLog) {
    self.init(
      name: request.release, namespace: request.namespace, chartVersion: request.chartVersion,
      clusterUID: request.clusterUID.flatMap { $0.isEmpty ? nil : $0 },
      adoptedInstance: request.adoptedInstance)
    Self.check(name, .release, .release, log)
    Self.check(namespace, .namespace, .namespace, log)
    Self.check(chartVersion, .chartVersion, .chartVersion, log)
    if let clusterUID { Self.check(clusterUID, .clusterUID, .clusterUID, log) }
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

  /// It is the tag of images and the value of a label; whatever is a label's is a tag too.
  static let chartVersion = TextRule(
    expected: "a chart version (up to 63 letters, digits, -, _ and .)"
  ) { !$0.isEmpty && KubernetesName.isLabelValue($0) }

  static let clusterUID = TextRule(
    expected: "the UID of the namespace kube-system, like 7b0e6c1d-…"
  ) { $0.utf8.count <= 63 && KubernetesName.isLabelValue($0) }
}
