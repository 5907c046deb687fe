public import FilelogContract

/// What a reader of the manifests should know: nothing is wrong, but something is not as it may seem.
public enum DesiredStateNote: Hashable, Sendable {
  /// Telemetry collection is switched off: there is nothing to render.
  case collectionIsOff
  /// There is no export: a collector would move offsets past records that no backend gets, so none is
  /// rendered.
  case noExport
  /// There is no export, and development mode: records reach the debug exporter alone.
  case debugExportOnly
  /// No namespace is monitored: the collector runs, and reads nothing.
  case noNamespace
  /// Automatic monitoring is on, and the request does not tell which namespaces there are.
  case namespacesUnknown
  /// `autoMonitorNamespaces` is on, and its label selector matches none of the namespaces that were given.
  case noNamespaceMatches(selector: String)
  /// Key paths that differ from the chart's defaults and belong to other components.
  case ignoredKeys([String])
  /// Key paths of upstream's DaemonSet that have no effect on the part of it that is rendered here.
  case keysWithoutEffect([String])
  /// Key paths that the chart is not known to have.
  case unknownKeys([String])
  /// Key paths of labels, annotations and probes whose values are the operator's.
  case overriddenKeys([String])
  /// An object of the input that an operator would not take into account.
  case ignoredObject(kind: String, place: String, reason: String)
  /// Key paths of Helm values that a `Dash0OperatorConfiguration` stands in for, and that say something
  /// else.
  case configurationCounts(name: String, keys: [String])
  /// Places of values that change nothing, since another one decides.
  case withoutEffect([String], reason: String)
  /// The entry point of a collector's image is unknown, and may be a shell that ignores SIGTERM.
  case unknownEntryPoint(image: String)
  /// A collector newer than those that the configuration is known to suit.
  case newerCollector(version: String, known: String)
  /// A collector older than those that take the configuration.
  case tooOldCollector(version: String)
  /// `atLeastOnce` with a collector whose version does not support it.
  case oldCollector(version: String)
  /// `sendBatchSize` or `sendBatchMaxSize` beside `atLeastOnce`, which has no batches.
  case batchSizesWithoutEffect
  /// `atLeastOnce` on a volume of the user's.
  case atLeastOnceOnVolume
  /// What `filelogOffsetSyncLayout: auto` comes to.
  case layoutChosen(Contract.OffsetLayout, LayoutReason)
  /// `perNode` where no policy keeps each node to its own maps.
  case nodeMapsUnguarded
  /// `perNode` on a Kubernetes whose maps of nodes have no owner.
  case nodeMapsStay
  /// Rotated files are not followed, because upstream's sidecar does not link them.
  case rotatedFilesSkipped
  /// The configuration would not fit a config map, and is compressed.
  case configurationCompressed(bytes: Int)
}

extension DesiredStateNote: CustomStringConvertible {
  /// One sentence.
  public var description: String {
    switch self {
    case .collectionIsOff:
      "telemetry collection is off: nothing is rendered"
    case .noExport:
      "no export is configured (operator.dash0Export, operator.export, or exports of a "
        + "Dash0OperatorConfiguration; those of namespaces do not stand in for them): no collector is "
        + "rendered, since it would move offsets past records that no backend gets"
    case .debugExportOnly: "no export is configured: logs only reach the debug exporter"
    case .noNamespace: "no namespace is monitored: the collector reads nothing"
    case .namespacesUnknown:
      "autoMonitorNamespaces is on, and the namespaces of the cluster were not given: none is added"
    case .noNamespaceMatches(let selector):
      "autoMonitorNamespaces is on, and none of the namespaces that were given has labels that match "
        + "\(selector) (a list of names gives no labels): none is added"
    case .ignoredKeys(let keys):
      "ignored, as other components own them: " + keys.joined(separator: ", ")
    case .keysWithoutEffect(let keys):
      "without effect, as this DaemonSet only reads logs: " + keys.joined(separator: ", ")
    case .unknownKeys(let keys):
      "ignored, as the chart is not known to have such keys: " + keys.joined(separator: ", ")
    case .overriddenKeys(let keys):
      "the operator's own values count: " + keys.joined(separator: ", ")
    case .ignoredObject(let kind, let place, let reason): "\(kind) \(place) is ignored: \(reason)"
    case .configurationCounts(let name, let keys):
      "ignored, as the Dash0OperatorConfiguration \(name) counts: " + keys.joined(separator: ", ")
    case .withoutEffect(let places, let reason):
      "without effect, as \(reason): " + places.joined(separator: ", ")
    case .unknownEntryPoint(let image):
      "the entry point of \(image) is unknown: if it is a shell, as in upstream's image, set "
        + "operator.collectors.collectorCommand to [/otelcol], or the collector never hears of its "
        + "end and each rollout repeats and loses records"
    case .newerCollector(let version, let known):
      "the configuration is known to suit collectors up to \(known) (found \(version)): a newer one "
        + "may not know a key of it, and would not start; otelcol validate tells"
    case .tooOldCollector(let version):
      "the configuration needs a collector from \(CollectorProgram.Version.oldest) on (found "
        + "\(version)): older ones do not know file_storage.recreate, and do not start"
    case .oldCollector(let version):
      "atLeastOnce needs a collector from 0.153 on (found \(version)): older ones lose up to 200 "
        + "records at a stop"
    case .batchSizesWithoutEffect:
      "sendBatchSize and sendBatchMaxSize do nothing: atLeastOnce has no batches"
    case .atLeastOnceOnVolume:
      "atLeastOnce on a volume of yours: no sync container takes back the offsets of records that "
        + "a stopping collector drops, so a pod replaced during an outage loses what was in flight"
    case .layoutChosen(let layout, let reason):
      "filelogOffsetSyncLayout auto is \(layout.rawValue) here, since \(reason)"
    case .nodeMapsUnguarded:
      "filelogOffsetSyncLayout perNode without filelogOffsetSyncAdmissionPolicy: each node may write "
        + "every config map of the namespace; give the version of Kubernetes, or set the policy"
    case .nodeMapsStay:
      "filelogOffsetSyncLayout perNode before Kubernetes 1.30: config maps of nodes have no owner "
        + "and stay when their node goes"
    case .rotatedFilesSkipped:
      "log files that are rotated while no collector runs are skipped, as upstream's sidecar does not "
        + "follow them: set filelogOffsetSyncImage to this project's, or filelogRotatedFiles to newest"
    case .configurationCompressed(let bytes):
      "the configuration has \(bytes) bytes and would not fit a config map: it is compressed"
    }
  }
}
