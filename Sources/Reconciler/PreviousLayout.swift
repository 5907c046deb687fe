internal import DesiredState
internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// What a cluster shows of the layout of one map a node, where a release is to share one map.
struct PreviousLayout: Hashable, Sendable {
  /// The nodes that keep offsets in maps of their own, sorted; nil when maps may not be listed.
  let nodes: [String]?
  /// Whether the release's pods store in maps of nodes, or look there.
  let isInUse: Bool

  /// Whether pods must look into maps of nodes, so that no offsets are lost.
  var isNeeded: Bool { isInUse || nodes?.isEmpty == false }

  static let setting = "operator.collectors.filelogOffsetSyncPreviousLayout"

  /// What users should know who apply the release as it is; nil for nothing.
  /// - Parameter isDeclined: the values state that there is nothing to look for.
  func note(isDeclined: Bool) -> String? {
    guard !isDeclined else { return nil }
    guard let nodes else {
      return isNeeded
        ? "nodes may keep offsets in maps of their own, which may not be listed: pods look there too"
        : nil
    }
    guard let account else {
      return isInUse
        ? "no node keeps offsets in a map of its own any more: \(Self.setting)=shared narrows the role "
          + "to the shared map" : nil
    }
    let them = nodes.count == 1 ? "it" : "them"
    return
      "\(account): pods take \(them) over into the shared map, and those after them empty "
      + "\(them); the role permits that until \(Self.setting) is set to shared"
  }

  /// Why a release must not be narrowed to the shared map yet; nil where it may.
  var obstacle: String? {
    account.map {
      "\($0), where \(Self.setting)=shared keeps pods from looking: they would read their log files "
        + "from the beginning; take the value away, replace the pods once more (kubectl rollout "
        + "restart), and set it when no map of a node is left"
    }
  }

  private var account: String? {
    guard let nodes, !nodes.isEmpty else { return nil }
    let shown = nodes.prefix(3).joined(separator: ", ") + (nodes.count > 3 ? ", …" : "")
    return nodes.count == 1
      ? "1 node keeps offsets in a map of its own (\(shown))"
      : "\(nodes.count) nodes keep offsets in maps of their own (\(shown))"
  }
}

extension Reconciler {
  /// Asks the cluster.
  /// - Parameter daemonSet: of the release, as it is now.
  func previousLayout(_ daemonSet: LiveDaemonSet?) throws(ReconcileFailure) -> PreviousLayout {
    PreviousLayout(nodes: try nodesWithMaps(), isInUse: daemonSet?.usesNodeMaps ?? false)
  }

  private func nodesWithMaps() throws(ReconcileFailure) -> [String]? {
    guard let type = ResourceType.named("ConfigMap") else { return [] }
    let prefix = Contract.NodeMap.prefix(release: scope.release)
    do throws(KubernetesError) {
      // By name: a node may have taken the labels away.
      let maps = try attempt { () throws(KubernetesError) in
        try client.listMetadata(type, namespace: scope.namespace, labels: [:])
      }
      var nodes: Set<String> = []
      for map in maps ?? [] where map.objectName.hasPrefix(prefix) {
        guard try holdsOffsets(map, type) else { continue }
        nodes.insert(NodeMap.node(of: map) ?? map.objectName)
      }
      return nodes.sorted()
    } catch {
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure("cannot list \(type.plural)", error)
    }
  }

  private func holdsOffsets(
    _ map: JSONValue, _ type: ResourceType
  ) throws(KubernetesError) -> Bool {
    if let response = NodeMap.holdsOffsets(map) { return response }
    let reference = ObjectReference(type, namespace: scope.namespace, name: map.objectName)
    let whole = try attempt { () throws(KubernetesError) in try client.object(reference) }
    return whole.map(NodeMap.holdsOffsets(whole:)) ?? false
  }

  /// Those of the nodes that exist; a node that may not be read counts as one that does.
  func existing(_ nodes: [String]) throws(ReconcileFailure) -> [String] {
    var existing: [String] = []
    for node in nodes {
      do throws(KubernetesError) {
        if try nodeExists(node) { existing.append(node) }
      } catch {
        guard error.problem == .forbidden else { throw ReconcileFailure("node/\(node)", error) }
        existing.append(node)
      }
    }
    return existing
  }
}
