public import FilelogContract
public import FilelogJSON

/// What is to be rendered, as a caller has it; nothing in it is checked yet.
public struct DesiredStateRequest: Sendable {
  /// The name of the Helm release; names of objects begin with it.
  public var release: String
  /// The operator's own namespace.
  public var namespace: String

  /// Helm values, YAML or JSON, in Helm's order: what comes later wins.
  public var values: [InputFile] = []
  /// Helm values that are decoded already; they win over ``values``, the later over the earlier.
  public var valueTrees: [JSONValue] = []
  /// `key.path=value` in Helm's notation; wins over all files and trees.
  public var sets: [ValueAssignment] = []

  /// `Dash0Monitoring` and `Dash0OperatorConfiguration` objects, or lists of them: which namespaces to
  /// collect, and where their records go. None: nothing is collected.
  public var monitoring: [InputFile] = []
  /// The same objects, decoded already.
  public var monitoringObjects: [JSONValue] = []
  /// Namespaces to collect as if each had a `Dash0Monitoring` without further settings.
  public var collectedNamespaces: [String] = []
  /// The namespaces of the cluster, for automatic monitoring: names one a line, `Namespace` objects, or
  /// a list of them.
  public var namespaces: [InputFile] = []
  /// The same as `Namespace` objects, decoded already.
  public var namespaceObjects: [JSONValue] = []

  /// The version of the cluster; decides on native sidecars. Nil: unknown.
  public var kubernetesVersion: KubernetesVersion?
  /// The version of the chart: the tag of images that have none of their own.
  public var chartVersion: String = Self.defaultChartVersion
  /// The UID of the namespace kube-system, by which upstream's operator knows a cluster.
  public var clusterUID: String?
  /// The UID of the DaemonSet, where it exists already: a resource attribute of the pod's own
  /// telemetry. It is in the pod, so that the pods roll when it becomes known.
  public var daemonSetUID: String?

  /// Annotations of every object, ``argoCDAnnotations`` for instance.
  public var annotations: [String: String] = [:]
  /// The owner of every object in the operator's namespace, as Kubernetes writes it: they go when it
  /// goes.
  public var ownerReference: JSONValue?
  /// The value of `app.kubernetes.io/instance` in the selector of a DaemonSet that exists and is taken
  /// over; a selector cannot change. Nil: the release.
  public var adoptedInstance: String?
  /// How the release in the cluster lays its offsets out, which `filelogOffsetSyncLayout: auto` keeps;
  /// nil: there is no such release, or it is unknown.
  public var liveLayout: Contract.OffsetLayout?
  /// Where nodes' offsets may still lie besides, as the cluster shows; nil: nowhere, or unknown. Values
  /// that name a layout themselves (`filelogOffsetSyncPreviousLayout`) have the last word.
  public var previousLayout: Contract.OffsetLayout?

  /// A request with the chart's defaults for everything else.
  public init(release: String, namespace: String) {
    self.release = release
    self.namespace = namespace
  }

  /// The release of upstream's chart whose images are taken by default.
  public static let defaultChartVersion = "0.153.0"

  /// What keeps Argo CD from pruning objects that it did not make; upstream's operator sets them.
  public static let argoCDAnnotations = [
    "argocd.argoproj.io/sync-options": "Prune=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
  ]

  /// The instance in the selector of upstream's DaemonSet, whatever its release.
  public static let upstreamInstance = "dash0-operator"

  /// The parts of a request that are not files.
  public enum Part: String, CaseIterable, Sendable {
    /// ``DesiredStateRequest/release``.
    case release
    /// ``DesiredStateRequest/namespace``.
    case namespace
    /// ``DesiredStateRequest/values``, as a whole.
    case values
    /// ``DesiredStateRequest/valueTrees``.
    case valueTrees
    /// ``ValueAssignment/parsed(_:)``.
    case set
    /// ``ValueAssignment/text(_:)``.
    case setString = "set-string"
    /// ``ValueAssignment/json(_:)``.
    case setJSON = "set-json"
    /// ``ValueAssignment/file(key:_:)``.
    case setFile = "set-file"
    /// ``ValueAssignment/literal(key:_:)``.
    case setLiteral = "set-literal"
    /// ``DesiredStateRequest/monitoringObjects``.
    case monitoringObjects
    /// ``DesiredStateRequest/collectedNamespaces``.
    case collectedNamespaces
    /// ``DesiredStateRequest/namespaceObjects``.
    case namespaceObjects
    /// ``DesiredStateRequest/kubernetesVersion``.
    case kubernetesVersion
    /// ``DesiredStateRequest/chartVersion``.
    case chartVersion
    /// ``DesiredStateRequest/clusterUID``.
    case clusterUID
    /// ``DesiredStateRequest/daemonSetUID``.
    case daemonSetUID
    /// ``DesiredStateRequest/annotations``.
    case annotations
    /// ``DesiredStateRequest/ownerReference``.
    case ownerReference
    /// ``DesiredStateRequest/adoptedInstance``.
    case adoptedInstance
  }
}

/// One or more assignments of values, each in one of Helm's notations.
public enum ValueAssignment: Hashable, Sendable, ExpressibleByStringLiteral {
  /// `a.b=1,a.list[0]=x`: true, false, null and whole numbers are what they look like, the rest is
  /// text. Helm's `--set`.
  case parsed(String)
  /// The same notation; every value is text. Helm's `--set-string`.
  case text(String)
  /// `a.b={"c":1}`: the value is JSON. Helm's `--set-json`.
  case json(String)
  /// The value is the file's text. Helm's `--set-file`.
  case file(key: String, InputFile)
  /// The value is the text as it is, commas and backslashes too. Helm's `--set-literal`.
  case literal(key: String, String)

  public init(stringLiteral value: String) { self = .parsed(value) }
}
