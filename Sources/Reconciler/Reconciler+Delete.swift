public import DesiredState
internal import JSON
internal import KubernetesAPI

/// What happens to the offsets when a release is deleted.
public enum OffsetsFate: Hashable, Sendable {
  /// Somebody has to say it, when there are any.
  case undecided
  /// They go with the release.
  case deleted
  /// They stay for a later apply.
  case kept
}

extension Reconciler {
  /// Deletes the objects of the release, the DaemonSet first; waits until its pods have stopped,
  /// which still store offsets meanwhile; then everything else, offsets last.
  ///
  /// - Parameters:
  ///   - manifests: the release with any values: objects with these names belong to it even without
  ///     its labels.
  ///   - offsets: what becomes of them.
  ///   - options: whether to delete what others made, and whether to do anything at all.
  ///   - patience: how long to wait for the pods.
  /// - Returns: whether there was anything to delete.
  /// - Throws: ``ReconcileFailure``, also when there are offsets whose fate is undecided.
  public func delete(
    _ manifests: [Manifest], offsets: OffsetsFate, options: ApplyOptions, patience: Duration
  ) throws(ReconcileFailure) -> Bool {
    var rules = LeftoverRules(
      prunesOffsets: offsets != .kept, prunesForeign: options.prunesForeign)
    rules.isFarewell = true
    let found = try others(leftovers(beside: [], rules) + named(manifests, rules))
    if offsets == .undecided { try checkOffsets(found) }
    let (pods, rest) = (
      found.filter { $0.reference.type.kind == "DaemonSet" },
      found.filter { $0.reference.type.kind != "DaemonSet" }
    )
    let isOffsets = { (leftover: Leftover) in self.scope.offsetsMap(leftover.reference) != nil }
    try remove(pods, .deleted, isDryRun: options.isDryRun)
    if !options.isDryRun { try waitForPods(manifests, patience) }
    try remove(
      rest.filter { !isOffsets($0) } + rest.filter(isOffsets), .deleted,
      isDryRun: options.isDryRun)
    return found.contains { $0.verdict == .prune }
  }

  /// Objects that have the release's names and not its labels.
  private func named(
    _ manifests: [Manifest], _ rules: LeftoverRules
  ) throws(ReconcileFailure) -> [Leftover] {
    var found: [Leftover] = []
    var nodes: [String: Bool] = [:]
    for manifest in manifests.reversed() {
      do throws(KubernetesError) {
        let live = try attempt { () throws(KubernetesError) in
          try client.object(manifest.reference, metadataOnly: true)
        }
        guard let live, live["metadata"]?["deletionTimestamp"] == nil else { continue }
        let labels = live["metadata"]?["labels"]
        if scope.labels.allSatisfy({ labels?[$0]?.string == $1 }) { continue }
        found.append(
          Leftover(
            reference: manifest.reference, live: live,
            verdict: try verdict(manifest.reference, live, rules, &nodes)))
      } catch {
        if error.problem == .forbidden { continue }
        throw ReconcileFailure(manifest.reference, error)
      }
    }
    return found
  }

  /// Leaves out what serves the same release in another namespace: the objects of the whole cluster
  /// are named after the release alone.
  private func others(_ found: [Leftover]) throws(ReconcileFailure) -> [Leftover] {
    guard let binding = found.first(where: { $0.reference.type.kind == "ClusterRoleBinding" })
    else { return found }
    let live: JSONValue?
    do {
      live = try attempt { () throws(KubernetesError) in try client.object(binding.reference) }
    } catch {
      throw ReconcileFailure(binding.reference, error)
    }
    guard let other = otherNamespace(binding.reference, live) else { return found }
    return found.map { leftover in
      guard ["ClusterRole", "ClusterRoleBinding"].contains(leftover.reference.type.kind) else {
        return leftover
      }
      return Leftover(
        reference: leftover.reference, live: leftover.live,
        verdict: .keep("it serves release \(scope.release) in namespace \(other)"))
    }
  }

  private func checkOffsets(_ found: [Leftover]) throws(ReconcileFailure) {
    var holders: [ObjectReference] = []
    for leftover in found where leftover.verdict == .prune {
      switch scope.offsetsMap(leftover.reference) {
      case nil: continue
      case .perNode: holders.append(leftover.reference)
      case .shared:
        do {
          let map = try attempt { () throws(KubernetesError) in
            try client.object(leftover.reference)
          }
          if map?["binaryData"]?.object?.isEmpty == false { holders.append(leftover.reference) }
        } catch {
          throw ReconcileFailure(leftover.reference, error)
        }
      }
    }
    guard let first = holders.first else { return }
    let more = holders.count > 1 ? " and \(holders.count - 1) more hold" : " holds"
    throw ReconcileFailure(
      [
        "\(first)\(more) the nodes' offsets: --prune-offsets deletes them too, --keep-offsets keeps "
          + "them for the next apply",
        "nothing was deleted",
      ], isLasting: true)
  }

  /// Waits until the DaemonSet's pods are gone: until then they store offsets, and some of them make
  /// their own map.
  private func waitForPods(
    _ manifests: [Manifest], _ patience: Duration
  ) throws(ReconcileFailure) {
    guard let type = ResourceType.named("Pod"),
      let selector = manifests.first(where: { $0.kind == "DaemonSet" })?
        .json["spec"]?["selector"]?["matchLabels"]?.object
    else { return }
    let labels = selector.compactMapValues(\.string)
    let deadline = surroundings.now() + patience
    var hasSaid = false
    while true {
      try checkStop()
      let pods: [JSONValue]
      do {
        pods =
          try attempt { () throws(KubernetesError) in
            try client.listMetadata(type, namespace: scope.namespace, labels: labels)
          } ?? []
      } catch {
        guard error.problem == .forbidden else {
          throw ReconcileFailure(
            ["cannot list pods: \(error)"], isLasting: error.isLasting, isStop: error.isCancelled)
        }
        say(.note("pods may not be listed, so that nobody waits for them to stop"))
        return
      }
      if pods.isEmpty { return }
      guard surroundings.now() < deadline else {
        throw ReconcileFailure(
          [
            "the release's pods are still stopping, \(pods.count) of them; run again to delete the "
              + "rest"
          ],
          isLasting: false)
      }
      if !hasSaid { say(.note("waiting until the release's pods have stopped")) }
      hasSaid = true
      surroundings.wait(.milliseconds(500))
    }
  }
}
