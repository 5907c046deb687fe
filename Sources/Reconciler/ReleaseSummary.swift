internal import FilelogContract
internal import FilelogJSON
public import FilelogKubernetesAPI

/// A release as its DaemonSet in a cluster shows it.
public struct ReleaseSummary: Hashable, Sendable {
  /// The release's namespace.
  public let namespace: String
  /// The release's name.
  public let release: String
  /// Its DaemonSet.
  public let daemonSet: ObjectReference
  /// Its pods.
  public let rollout: RolloutStatus
  /// `shared` or `perNode`; `volume` where no container stores offsets.
  public let layout: String
  /// Of the collector's container; empty when there is none.
  public let collectorImage: String
  /// Of the sync container; nil with a volume.
  public let syncImage: String?
  /// Whether new pods begin with the offsets that are stored; true with a volume.
  public let restoresOffsets: Bool
  /// Who keeps the DaemonSet: the managers that set its selector, which never changes.
  public let appliers: [String]

  /// Nil for a DaemonSet that belongs to no release.
  init?(_ object: JSONValue) {
    guard let type = ResourceType.named("DaemonSet"),
      let release = object.labels?[Contract.instanceLabel]?.string,
      let namespace = object["metadata"]?["namespace"]?.string
    else { return nil }
    self.release = release
    self.namespace = namespace
    daemonSet = ObjectReference(type, namespace: namespace, name: object.objectName)
    rollout = RolloutStatus(object)
    let pod = object["spec"]?["template"]?["spec"]
    let containers = (pod?["containers"]?.array ?? []) + (pod?["initContainers"]?.array ?? [])
    func container(_ name: String) -> JSONValue? { containers.first { $0["name"]?.string == name } }
    collectorImage = container(Contract.ContainerName.collector)?["image"]?.string ?? ""
    let sync = container(Contract.ContainerName.sync)
    syncImage = sync?["image"]?.string
    restoresOffsets = sync == nil || container(Contract.ContainerName.initialize) != nil
    let layouts = (sync?["env"]?.array ?? []).filter {
      $0["name"]?.string == Contract.Variable.configMapLayout.rawValue
    }
    layout =
      sync == nil
      ? "volume" : layouts.first?["value"]?.string ?? Contract.OffsetLayout.shared.rawValue
    let owners = (object.managedFields ?? []).filter {
      $0["subresource"] == nil && $0["fieldsV1"]?["f:spec"]?["f:selector"] != nil
    }
    appliers = Set(owners.compactMap { $0["manager"]?.string }).sorted()
  }

  /// The releases of a namespace, or with nil of the cluster, by namespace and name.
  public static func list(
    _ client: KubernetesClient, namespace: String?
  ) throws(KubernetesError) -> [ReleaseSummary] {
    guard let type = ResourceType.named("DaemonSet") else { return [] }
    var labels = Contract.releaseLabels(release: "")
    labels[Contract.instanceLabel] = nil
    let objects = try client.list(type, namespace: namespace, labels: labels) ?? []
    return objects.compactMap(ReleaseSummary.init).sorted {
      ($0.namespace, $0.release) < ($1.namespace, $1.release)
    }
  }
}
