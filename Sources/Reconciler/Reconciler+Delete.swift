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
  /// which still store offsets meanwhile, some in maps that they make; then looks again, and deletes
  /// everything else, offsets last.
  ///
  /// - Parameters:
  ///   - manifests: the release with any values: objects with these names belong to it even without
  ///     its labels.
  ///   - offsets: what becomes of them.
  ///   - options: whether to delete what others made, and whether to do anything at all.
  ///   - patience: how long to wait for the pods.
  /// - Returns: whether there was anything to delete.
  /// - Throws: ``ReconcileFailure``, also when there are offsets whose fate is undecided: nothing is
  ///   deleted then; where they came while pods stopped, the maps that hold them are not.
  public func delete(
    _ manifests: [Manifest], offsets: OffsetsFate, options: ApplyOptions, patience: Duration
  ) throws(ReconcileFailure) -> Bool {
    var rules = LeftoverRules(
      prunesOffsets: offsets != .kept, prunesForeign: options.prunesForeign)
    rules.isFarewell = true
    let isPods = { (leftover: Leftover) in leftover.reference.type.kind == "DaemonSet" }
    let isOffsets = { (leftover: Leftover) in self.scope.offsetsMap(leftover.reference) != nil }
    let found = try objects(manifests, rules)
    if offsets == .undecided { try checkOffsets(found) }
    try remove(found.filter(isPods), .deleted, isDryRun: options.isDryRun)
    var rest = found
    if !options.isDryRun {
      try waitForPods(manifests, patience)
      rest = try objects(manifests, rules)
    }
    rest.removeAll(where: isPods)
    let (maps, others) = (rest.filter(isOffsets), rest.filter { !isOffsets($0) })
    if offsets == .undecided, !options.isDryRun {
      try remove(others, .deleted, isDryRun: false)
      try removeEmpty(maps)
    } else {
      try remove(others + maps, .deleted, isDryRun: options.isDryRun)
    }
    return (found + rest).contains { $0.verdict == .prune }
  }

  /// What there is of the release, by label or by name.
  private func objects(
    _ manifests: [Manifest], _ rules: LeftoverRules
  ) throws(ReconcileFailure) -> [Leftover] {
    try others(leftovers(beside: [], rules) + named(manifests, rules))
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
        if Self.holdsOffsets(try map(leftover.reference)) { holders.append(leftover.reference) }
      }
    }
    try refuse(
      holders,
      "the nodes' offsets: --prune-offsets deletes them too, --keep-offsets keeps them for "
        + "the next apply", "nothing was deleted")
  }

  private func refuse(
    _ holders: [ObjectReference], _ what: String, _ account: String
  ) throws(ReconcileFailure) {
    guard let first = holders.first else { return }
    let verb = holders.count > 1 ? "and \(holders.count - 1) more hold" : "holds"
    throw ReconcileFailure(["\(first) \(verb) \(what)", account], isLasting: true)
  }

  private func map(_ reference: ObjectReference) throws(ReconcileFailure) -> JSONValue? {
    do {
      return try attempt { () throws(KubernetesError) in try client.object(reference) }
    } catch {
      throw ReconcileFailure(reference, error)
    }
  }

  private static func holdsOffsets(_ map: JSONValue?) -> Bool {
    map?["binaryData"]?.object?.isEmpty == false
  }

  /// Deletes the maps that hold nothing, as nobody has decided about offsets; others stay, and are
  /// said. What a node made itself holds something.
  private func removeEmpty(_ maps: [Leftover]) throws(ReconcileFailure) {
    var holders: [ObjectReference] = []
    for leftover in maps where leftover.verdict == .prune {
      if scope.offsetsMap(leftover.reference) == .shared, try removeIfEmpty(leftover.reference) {
        continue
      }
      holders.append(leftover.reference)
    }
    try refuse(
      holders,
      "offsets that were stored while the pods stopped: run again with --prune-offsets to "
        + "delete them too, or keep them for the next apply", "everything else was deleted")
  }

  private static let emptyingAttempts = 20

  /// Deletes the very version of a map that was seen to be empty: a sidecar that nobody waited for
  /// may store something right now.
  /// - Returns: false when the map holds offsets.
  private func removeIfEmpty(_ reference: ObjectReference) throws(ReconcileFailure) -> Bool {
    for _ in 0..<Self.emptyingAttempts {
      try checkStop()
      guard let live = try map(reference) else { return true }
      guard !Self.holdsOffsets(live) else { return false }
      do throws(KubernetesError) {
        try attempt { () throws(KubernetesError) in
          try client.delete(
            reference, uid: Substance.uid(live), resourceVersion: Substance.resourceVersion(live))
        }
      } catch {
        if error.problem == .conflict { continue }
        guard error.problem == .notFound else { throw ReconcileFailure(reference, error) }
      }
      say(.object(reference, .deleted))
      return true
    }
    throw ReconcileFailure(
      ["\(reference) changes all the time; run again to delete it"], isLasting: false)
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
