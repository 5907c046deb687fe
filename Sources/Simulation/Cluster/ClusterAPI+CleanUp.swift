internal import DesiredState
internal import JSON
internal import KubernetesAPI

/// Leaving somebody's cluster as it was.
extension ClusterAPI {
  /// A namespace disappears when the cluster has emptied it.
  private static let patience = 100

  /// Deletes what this has made, the latest first, and what pods made for the given nodes.
  /// - Parameter sleep: waits for some time.
  /// - Returns: how many objects were deleted, and what is left, a line each.
  func deleteEverythingMade(
    nodes: [String], _ release: ClusterSetUp.Release, sleep: (Duration) -> Void
  ) -> (deleted: Int, left: [String]) {
    var (deleted, left) = (0, [String]())
    func attempt(_ work: () throws -> Void) {
      do { try work() } catch { left.append("\(error)") }
    }
    attempt {
      for map in try nodeMaps(of: nodes, release) {
        try delete(map)
        deleted += 1
      }
    }
    let all = made
    for reference in all.reversed() {
      attempt {
        try delete(reference)
        deleted += 1
      }
    }
    for reference in all where reference.type.kind == "Namespace" {
      attempt { try awaitEnd(of: reference.name, sleep) }
    }
    return (deleted, left)
  }

  private func awaitEnd(of namespace: String, _ sleep: (Duration) -> Void) throws {
    for _ in 0..<Self.patience {
      if try get("Namespace", namespace, namespace: nil) == nil { return }
      sleep(.milliseconds(100))
    }
    throw SimulationError("namespace \(namespace) is still being deleted")
  }

  /// The config maps that sidecars made for these nodes.
  private func nodeMaps(
    of nodes: [String], _ release: ClusterSetUp.Release
  ) throws -> [ObjectReference] {
    guard let type = ResourceType.named("ConfigMap") else { return [] }
    let maps = try [Contract.NodeMap.nodeKind, Contract.NodeMap.partKind].flatMap { kind in
      try client.listMetadata(
        type, namespace: release.namespace,
        labels: release.labels.merging([Contract.NodeMap.kindLabel: kind]) { _, kind in kind })
        ?? []
    }
    return maps.compactMap { map in
      let metadata = map["metadata"]
      guard let name = metadata?["name"]?.string,
        let node = metadata?["annotations"]?[Contract.NodeMap.nodeAnnotation]?.string,
        nodes.contains(node)
      else { return nil }
      return ObjectReference(type, namespace: release.namespace, name: name)
    }
  }
}
