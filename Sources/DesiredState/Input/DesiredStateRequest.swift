public import Contract

/// What somebody asks to be rendered, as it comes from a command line; nothing in it is checked yet.
public struct DesiredStateRequest: Sendable {
  /// The name of the Helm release; names of objects begin with it.
  public var release: String
  /// The operator's own namespace.
  public var namespace: String
  /// Helm values, YAML or JSON, in Helm's order: what comes later wins.
  public var values: [InputFile] = []
  /// `key.path=value` in Helm's notation; wins over all files.
  public var sets: [String] = []
  /// `Dash0Monitoring` objects: which namespaces to collect. None: nothing is collected.
  public var monitoring: [InputFile] = []
  /// The version of the cluster, `1.31` for instance; decides on native sidecars.
  public var kubernetesVersion: String?
  /// The version of the chart: the tag of images that have none of their own.
  public var chartVersion: String = Self.defaultChartVersion
  /// The UID of the namespace kube-system, by which upstream's operator knows a cluster.
  public var clusterUID: String?
  /// Where nodes' offsets may still lie besides, as the cluster shows; nil: nowhere, or unknown. Values
  /// that say it themselves (`filelogOffsetSyncPreviousLayout`) have the last word.
  public var previousLayout: Contract.OffsetLayout?

  /// A request with the chart's defaults for everything else.
  public init(release: String, namespace: String) {
    self.release = release
    self.namespace = namespace
  }

  /// The release of upstream's chart whose images are taken when nobody says otherwise.
  public static let defaultChartVersion = "0.153.0"
}
