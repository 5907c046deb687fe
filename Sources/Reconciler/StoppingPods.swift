internal import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

extension Reconciler {
  /// Waits until the DaemonSet's pods are gone: until then they store offsets, and some of them make
  /// their own map.
  func waitForPods(
    _ manifests: [Manifest], _ patience: Duration
  ) throws(ReconcileFailure) {
    let deadline = host.now() + patience
    var isReported = false
    while true {
      try checkStop()
      let count = try podCount(manifests)
      if count == 0 { return }
      guard host.now() < deadline else {
        throw ReconcileFailure(
          [
            "pods of release \(scope.release): still stopping (\(count)); run again to delete the "
              + "rest"
          ], isLasting: false)
      }
      if !isReported { say(.note("waiting until the release's pods have stopped")) }
      isReported = true
      host.wait(.milliseconds(500))
    }
  }

  /// How many pods of the DaemonSet there are.
  func podCount(_ manifests: [Manifest]) throws(ReconcileFailure) -> Int {
    guard let type = ResourceType.named("Pod"),
      let selector = manifests.first(where: { $0.kind == "DaemonSet" })?
        .json["spec"]?["selector"]?["matchLabels"]?.object
    else { return 0 }
    let labels = selector.compactMapValues(\.string)
    do {
      return try attempt { () throws(KubernetesError) in
        try client.listMetadata(type, namespace: scope.namespace, labels: labels)
      }?.count ?? 0
    } catch {
      if error.problem == .forbidden {
        throw ReconcileFailure(
          [
            "not permitted: pods may not be listed in namespace \(scope.namespace), so that their "
              + "last store could not be waited for; ask for the verb list on them; "
              + Self.nothingDeleted
          ], isLasting: true)
      }
      throw ReconcileFailure("cannot list pods", error)
    }
  }
}
