public import FilelogContract
internal import FilelogJSON

/// Everything that decides what is rendered, checked: from here on nothing can fail.
public struct DesiredStateInput: Hashable, Sendable {
  /// The release that the manifests belong to.
  public let release: Release
  /// The merged Helm values.
  public let values: HelmValues
  /// Sorted by name, never the operator's own.
  let namespaces: [MonitoredNamespace]
  /// The operator's configuration, wherever it comes from.
  let settings: TelemetrySettings
  /// Whether the sync container is an init container that goes on running.
  let usesNativeSidecar: Bool
  /// The collector's configuration as it reads it: rendered once, since several objects need it.
  let configuration: String
  /// Whether the configuration travels as gzip.
  let compressesConfiguration: Bool
  /// Of every object.
  let annotations: [String: String]
  /// Of every object in the operator's namespace.
  let ownerReference: JSONValue?

  /// Whether a policy keeps each pod to its own node's offsets.
  let hasAdmissionPolicy: Bool

  /// What a reader of the manifests should know.
  public let notes: [DesiredStateNote]

  /// Sorted, each once, never the operator's own.
  public var collectedNamespaces: [String] { namespaces.map(\.name) }

  /// Whether there is anything to render.
  public var rendersCollector: Bool {
    settings.rendersCollector(isDevelopment: values.collector.isDevelopment)
  }

  /// How offsets lie in config maps; nil with a volume of the user's.
  public var offsetLayout: Contract.OffsetLayout? { values.offsetStorage.maps?.layout }

  /// Where pods look for offsets besides, while a release is switched back; nil: nowhere.
  public var previousLayout: Contract.OffsetLayout? {
    values.offsetStorage.maps?.previousLayout
  }

  /// Whether the values themselves name a layout where offsets may still lie.
  public var saysPreviousLayout: Bool {
    values.offsetStorage.maps?.isPreviousLayoutGiven == true
  }
}
