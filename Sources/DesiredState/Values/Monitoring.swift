internal import FilelogJSON

/// What the monitoring resources and the operator configuration resource ask for.
struct Monitoring {
  /// The namespaces whose logs are collected, sorted by name.
  let namespaces: [MonitoredNamespace]
  /// The operator configuration resource; nil: the Helm values stand for it.
  let configuration: OperatorConfiguration?
  let notes: [DesiredStateNote]

  private static let kind = "Dash0Monitoring"
  private static let configurationKind = "Dash0OperatorConfiguration"

  init(_ request: DesiredStateRequest, automatic: AutomaticMonitoring?, log: ProblemLog) {
    // After all values files, before the parts of the request.
    let objects = ClusterObjects.read(
      request.monitoring, request.monitoringObjects, part: .monitoringObjects, firstRank: 10_000,
      kinds: [Self.kind, Self.configurationKind], log: log)
    var notes: [DesiredStateNote] = []
    let current = objects.filter { object in
      guard let note = Self.note(object) else { return true }
      notes.append(note)
      return false
    }
    configuration = Self.newest(current.filter { $0.kind == Self.configurationKind }, &notes)
      .map { OperatorConfiguration($0) }
    var namespaces: [String: MonitoredNamespace] = [:]
    let monitored = Self.grouped(current.filter { $0.kind == Self.kind })
    for (namespace, objects) in monitored.sorted(by: { $0.key < $1.key }) {
      guard let object = Self.newest(objects, &notes) else { continue }
      namespaces[namespace] = MonitoredNamespace(object)
    }
    for namespace in request.collectedNamespaces {
      if !TextRule.namespace.accepts(namespace) {
        log.add(
          .request(.collectedNamespaces), "", found: SourcedValue.quote(namespace),
          expected: TextRule.namespace.expected)
      }
      if namespaces[namespace] == nil { namespaces[namespace] = MonitoredNamespace(namespace) }
    }
    let template = configuration.map(\.automatic) ?? automatic
    if template != nil, request.namespaces.isEmpty, request.namespaceObjects.isEmpty {
      notes.append(.namespacesUnknown)
    }
    let matching = template?.namespaces(request, log: log) ?? []
    if let template, matching.isEmpty, !notes.contains(.namespacesUnknown) {
      notes.append(.noNamespaceMatches(selector: template.selectorText))
    }
    for namespace in matching {
      if namespaces[namespace] == nil { namespaces[namespace] = template?.monitored(namespace) }
    }
    self.notes = notes
    self.namespaces =
      namespaces.values
      .filter { $0.collectsLogs && $0.name != request.namespace && !$0.name.isEmpty }
      .sorted { $0.name < $1.name }
  }

  /// Nil for an object that counts.
  private static func note(_ object: ClusterObject) -> DesiredStateNote? {
    switch object.state {
    case .current: nil
    case .isBeingDeleted:
      .ignoredObject(kind: object.kind, place: object.place, reason: "it is being deleted")
    case .isUnavailable(let reason):
      // The operator takes its configuration as it is.
      object.kind == configurationKind
        ? nil
        : .ignoredObject(
          kind: object.kind, place: object.place, reason: "it is not available: \(reason)")
    }
  }

  /// Monitoring resources by namespace; those without one are reported here.
  private static func grouped(_ objects: [ClusterObject]) -> [String: [ClusterObject]] {
    for object in objects {
      let metadata = object.reader.object()["metadata"].object()
      _ = metadata["namespace"].requiredText(.namespace)
    }
    return Dictionary(grouping: objects, by: \.namespace)
  }

  /// The newest, as in upstream's operator. Two that do not tell their age are a problem.
  private static func newest(
    _ objects: [ClusterObject], _ notes: inout [DesiredStateNote]
  ) -> ClusterObject? {
    let sorted = objects.sorted { ($0.created ?? "") > ($1.created ?? "") }
    guard let first = sorted.first else { return nil }
    for other in objects.dropFirst() where other.created == nil || objects[0].created == nil {
      let what = other.namespace.isEmpty ? "" : " for \(SourcedValue.quote(other.namespace))"
      let metadata = other.reader.object()["metadata"]
      let place = other.namespace.isEmpty ? metadata : metadata.object()["namespace"]
      place.reject(
        found: "a second \(other.kind)\(what)",
        expected: other.namespace.isEmpty ? "one" : "one for each namespace")
    }
    notes += sorted.dropFirst().map {
      .ignoredObject(kind: $0.kind, place: $0.place, reason: "a newer one counts")
    }
    return first
  }
}

/// A namespace whose logs are collected, and what becomes of its records.
struct MonitoredNamespace: Hashable, Sendable {
  let name: String
  let collectsLogs: Bool
  let filter: LogFilter?
  let transform: LogTransform?
  /// Where its records go instead of the operator's exports; empty: there.
  let exports: [Export]

  /// With nothing but a name.
  init(_ name: String) {
    self.name = name
    collectsLogs = true
    filter = nil
    transform = nil
    exports = []
  }

  init(_ object: ClusterObject) {
    let fields = object.reader.object()
    fields["apiVersion"].checkVersion(["v1beta1", "v1alpha1"])
    self.init(object.namespace, spec: fields["spec"])
  }

  /// - Parameter spec: of a `Dash0Monitoring`, or of the monitoring template.
  init(_ name: String, spec reader: ValueReader) {
    self.name = name
    let spec = reader.object()
    let logs = spec["logCollection"].object()
    collectsLogs = logs["enabled"].bool(default: true)
    logs.rejectUnknownKeys()
    filter = LogFilter(spec["filter"])
    transform = LogTransform(spec["transform"])
    exports = Export.read(spec)
    spec.accept(Self.withoutEffect)
    spec.rejectUnknownKeys()
  }

  /// Fields that other components act on, and status-like ones.
  private static let withoutEffect = [
    "__dash0_internal__normalizedTransform", "eventCollection", "instrumentWorkloads",
    "prometheusScraping", "prometheusScrapingEnabled", "synchronizePersesDashboards",
    "synchronizePrometheusRules",
  ]
}
