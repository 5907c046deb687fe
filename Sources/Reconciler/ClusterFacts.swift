public import FilelogJSON
internal import FilelogKubernetesAPI

/// What manifests depend on of the cluster that they are for.
public struct ClusterFacts: Hashable, Sendable {
  /// `v1.31.2`; nil when the cluster does not tell.
  public var version: String?
  /// The UID of the namespace kube-system; nil when it may not be read.
  public var uid: String?
}

extension Reconciler {
  /// Asks the cluster, once. What may not be read is not known, now and later alike; a server that
  /// does not answer is an error, as manifests must not differ from one moment to the next.
  public func clusterFacts() throws(ReconcileFailure) -> ClusterFacts {
    if let knownFacts { return knownFacts }
    let facts = ClusterFacts(
      version: try read("/version")?["gitVersion"]?.string,
      uid: try read("/api/v1/namespaces/kube-system")?.uid)
    knownFacts = facts
    return facts
  }

  /// The cluster's `Namespace` objects, with metadata alone; nil when they may not be listed.
  public func namespaces() throws(ReconcileFailure) -> [JSONValue]? {
    guard let type = ResourceType.named("Namespace") else { return nil }
    do {
      let items = try attempt { () throws(KubernetesError) in
        try client.listMetadata(type, namespace: nil, labels: [:])
      }
      return items?.map { item in
        [
          "apiVersion": "v1", "kind": "Namespace", "metadata": item["metadata"] ?? [:],
        ]
      }
    } catch {
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure(
        ["cannot list \(type.plural): \(error)"], isLasting: error.isLasting,
        isStop: error.isCancelled)
    }
  }

  private func read(_ path: String) throws(ReconcileFailure) -> JSONValue? {
    do {
      return try attempt { () throws(KubernetesError) in
        try client.send(APIRequest("GET", path)).json()
      }
    } catch {
      switch error.problem {
      case .forbidden, .notFound, .namespaceNotFound: return nil
      default:
        throw ReconcileFailure(
          [Message("\(error)", error.remedy)],
          isLasting: error.isLasting || error.problem == .unauthenticated,
          isStop: error.isCancelled)
      }
    }
  }
}
