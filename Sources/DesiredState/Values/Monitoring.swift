internal import FilelogJSON

/// What the monitoring resources and the operator configuration resource ask for.
struct Monitoring {
  /// The namespaces whose logs are collected, sorted by name.
  let namespaces: [MonitoredNamespace]
  /// The operator configuration resource; nil: the Helm values stand for it.
  let configuration: OperatorConfiguration?
  let notes: [DesiredStateNote]
  /// Where most of the namespaces stand, or the request.
  let origin: Origin
  /// What the Helm values ask for, and the configuration resource replaces.
  let isAutomaticReplaced: Bool

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
    var origins: [String: Origin] = [:]
    let monitored = Self.grouped(current.filter { $0.kind == Self.kind })
    for (namespace, objects) in monitored.sorted(by: { $0.key < $1.key }) {
      guard let object = Self.newest(objects, &notes) else { continue }
      let monitored = MonitoredNamespace(object)
      namespaces[namespace] = monitored
      origins[namespace] = object.reader.origin
      if namespace == request.namespace, monitored.collectsLogs {
        notes.append(
          .ignoredObject(
            kind: object.kind, place: object.place,
            reason: "logs of the operator's own namespace are not collected"))
      }
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
    isAutomaticReplaced = automatic.map { !$0.isSame(as: template) } ?? false
    if template == nil, !request.namespaces.isEmpty {
      notes.append(
        .withoutEffect(
          request.namespaces.map(\.name), reason: "autoMonitorNamespaces is not enabled"))
    }
    if template != nil, request.namespaces.isEmpty, request.namespaceObjects.isEmpty {
      notes.append(.namespacesUnknown)
    }
    let matching = template?.namespaces(request, log: log) ?? []
    if let template, matching.isEmpty, !notes.contains(.namespacesUnknown) {
      notes.append(.noNamespaceMatches(selector: template.selectorText))
    }
    for entry in matching where namespaces[entry.name] == nil {
      namespaces[entry.name] = template?.monitored(entry.name)
      origins[entry.name] = entry.origin
    }
    self.notes = notes
    self.namespaces =
      namespaces.values
      .filter { $0.collectsLogs && $0.name != request.namespace && !$0.name.isEmpty }
      .sorted { $0.name < $1.name }
    origin = Self.commonest(self.namespaces.map { origins[$0.name] })
  }

  /// The place that most have; nil stands for the request's own list.
  private static func commonest(_ origins: [Origin?]) -> Origin {
    var counts: [Origin: Int] = [:]
    for origin in origins {
      let place = origin.map { Origin(source: $0.source, rank: $0.rank, part: $0.part) }
      counts[place ?? .request(.collectedNamespaces), default: 0] += 1
    }
    let most = counts.max { ($0.value, $1.key.rank) < ($1.value, $0.key.rank) }
    return most?.key ?? .request(.values)
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
    let version = fields["apiVersion"].version(ForeignFields.Version.allCases.map(\.rawValue))
    self.init(
      object.namespace, spec: fields["spec"],
      version: version.flatMap(ForeignFields.Version.init) ?? .v1beta1)
  }

  /// - Parameter spec: of a `Dash0Monitoring`, or of the monitoring template.
  init(_ name: String, spec reader: ValueReader, version: ForeignFields.Version = .v1beta1) {
    self.name = name
    let spec = reader.object()
    let logs = spec["logCollection"].object()
    collectsLogs = logs["enabled"].bool(default: true)
    logs.rejectUnknownKeys()
    filter = LogFilter(spec["filter"])
    transform = LogTransform(spec["transform"])
    exports = Export.read(spec)
    ForeignFields.check(monitoring: spec, version)
    spec.rejectUnknownKeys()
    guard !collectsLogs else { return }
    for field in [
      spec["filter"].object()["logs"], spec["transform"].object()["log_statements"],
    ] {
      field.noteUnused(because: "logCollection.enabled is false")
    }
  }
}
