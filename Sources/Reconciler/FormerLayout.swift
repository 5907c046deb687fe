internal import Contract
public import DesiredState
internal import JSON
internal import KubernetesAPI

/// What a cluster shows of the layout of one map a node, where a release is to share one map.
public struct FormerLayout: Hashable, Sendable {
  /// The nodes that keep offsets in maps of their own, sorted; nil when maps may not be listed.
  public let nodes: [String]?
  /// Whether the release's pods store in maps of nodes, or look there.
  public let isInUse: Bool

  /// Whether pods must look into maps of nodes, so that no offsets are lost.
  public var isNeeded: Bool { isInUse || nodes?.isEmpty == false }

  /// What somebody should know who applies the release as it is.
  /// - Parameter isDeclined: the values say that nothing is to be looked for.
  public func note(isDeclined: Bool) -> String? {
    let setting = "operator.collectors.filelogOffsetSyncPreviousLayout"
    guard let nodes else {
      return isNeeded && !isDeclined
        ? "nodes may keep offsets in maps of their own, which may not be listed: pods look there too"
        : nil
    }
    if nodes.isEmpty {
      return isInUse && !isDeclined
        ? "no node keeps offsets in a map of its own any more: \(setting)=shared narrows the role to "
          + "the shared map" : nil
    }
    let shown = nodes.prefix(3).joined(separator: ", ") + (nodes.count > 3 ? ", …" : "")
    let who =
      nodes.count == 1
      ? "1 node keeps offsets in a map of its own"
      : "\(nodes.count) nodes keep offsets in maps of their own"
    return isDeclined
      ? "\(who) (\(shown)), where \(setting)=shared keeps pods from "
        + "looking: they begin their log files anew"
      : "\(who) (\(shown)): pods take them over into the shared map, and "
        + "the role lets them until \(setting) is set to shared"
  }
}

extension Reconciler {
  /// Asks the cluster.
  /// - Parameter manifests: of the release; the DaemonSet among them is looked at as it is now.
  public func formerLayout(
    _ manifests: [Manifest]
  ) throws(ReconcileFailure) -> FormerLayout {
    FormerLayout(nodes: try nodesWithMaps(), isInUse: try daemonSetUsesNodeMaps(manifests))
  }

  private func daemonSetUsesNodeMaps(_ manifests: [Manifest]) throws(ReconcileFailure) -> Bool {
    guard let reference = manifests.first(where: { $0.kind == "DaemonSet" })?.reference else {
      return false
    }
    let live: JSONValue?
    do {
      live = try attempt { () throws(KubernetesError) in try client.object(reference) }
    } catch {
      // The apply says what is in the way.
      if error.problem == .forbidden { return false }
      throw ReconcileFailure(reference, error)
    }
    let pod = live?["spec"]?["template"]?["spec"]
    let containers = (pod?["containers"]?.array ?? []) + (pod?["initContainers"]?.array ?? [])
    let names = [
      Contract.Variable.configMapLayout.rawValue,
      Contract.Variable.configMapPreviousLayout.rawValue,
    ]
    return containers.flatMap { $0["env"]?.array ?? [] }.contains { variable in
      names.contains(variable["name"]?.string ?? "")
        && variable["value"]?.string == Contract.OffsetLayout.perNode.rawValue
    }
  }

  private func nodesWithMaps() throws(ReconcileFailure) -> [String]? {
    guard let type = ResourceType.named("ConfigMap") else { return [] }
    let kind = [Contract.NodeMap.kindLabel: Contract.NodeMap.nodeKind]
    do throws(KubernetesError) {
      let maps = try attempt { () throws(KubernetesError) in
        try client.listMetadata(
          type, namespace: scope.namespace, labels: scope.labels.merging(kind) { $1 })
      }
      var nodes: Set<String> = []
      for map in maps ?? [] where try holdsOffsets(map, type) {
        nodes.insert(NodeMap.node(of: map) ?? map["metadata"]?["name"]?.string ?? "")
      }
      return nodes.sorted()
    } catch {
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure(
        ["cannot list \(type.plural): \(error)"], isLasting: error.isLasting,
        isStop: error.isCancelled)
    }
  }

  private func holdsOffsets(
    _ map: JSONValue, _ type: ResourceType
  ) throws(KubernetesError) -> Bool {
    if let answer = NodeMap.holdsOffsets(map) { return answer }
    let reference = ObjectReference(
      type, namespace: scope.namespace, name: map["metadata"]?["name"]?.string ?? "")
    let whole = try attempt { () throws(KubernetesError) in try client.object(reference) }
    return whole.map(NodeMap.holdsOffsets(whole:)) ?? false
  }
}
