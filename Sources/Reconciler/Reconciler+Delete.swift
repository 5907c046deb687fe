public import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// What happens to the offsets when a release is deleted.
public enum OffsetsDeletionPolicy: Hashable, Sendable {
  /// The caller has to decide, when there are any.
  case undecided
  /// They go with the release.
  case deleted
  /// They stay for a later apply.
  case kept
}

extension Reconciler {
  /// Deletes the objects of the release, the DaemonSet first; waits until its pods have stopped,
  /// which still store offsets meanwhile, some in maps that they make; then looks again, and deletes
  /// everything else, permissions before the policy that limits them, offsets last.
  ///
  /// - Parameters:
  ///   - manifests: the release with any values: objects with these names belong to it even without
  ///     its labels.
  ///   - offsets: what becomes of them.
  ///   - options: whether to delete what others made, and whether to do anything at all.
  ///   - patience: how long to wait for the pods.
  /// - Returns: whether there was anything of the release, offsets that are kept included.
  /// - Throws: ``ReconcileFailure``. Nothing is deleted when something may not be seen or
  ///   deleted, when the DaemonSet is another manager's, and when there are offsets whose fate is undecided; where they
  ///   came while pods stopped, the maps that hold them are not.
  public func delete(
    _ manifests: [Manifest], offsets: OffsetsDeletionPolicy, options: ApplyOptions,
    patience: Duration
  ) throws(ReconcileFailure) -> Bool {
    var rules = LeftoverRules(
      prunesOffsets: offsets != .kept, prunesForeign: options.prunesForeign)
    rules.isUninstall = true
    let isPods = { (leftover: Leftover) in leftover.reference.type.kind == "DaemonSet" }
    let isOffsets = { (leftover: Leftover) in self.scope.offsetsMap(leftover.reference) != nil }
    let found = try objects(manifests, rules)
    try checkPods(found.filter(isPods))
    _ = try podCount(manifests)
    if offsets == .undecided { try checkOffsets(found) }
    try checkRemovals(found, last: Self.nothingDeleted)
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
    if offsets == .kept { reportKept(maps) }
    return (found + rest).contains { $0.verdict.isRemoval || isOffsets($0) }
  }

  static let nothingDeleted = "nothing was deleted"

  /// Maps that nodes made are many: one line.
  private func reportKept(_ maps: [Leftover]) {
    let kept = maps.filter { $0.verdict == .keepSilently }
    guard let first = kept.first else { return }
    let (others, verb) =
      kept.count > 1 ? (" and \(kept.count - 1) more are", "they hold") : (" is", "it holds")
    say(
      .note(Message("\(first.reference)\(others) kept: \(verb) the nodes' offsets", .pruneOffsets)))
  }

  /// What there is of the release, by label or by name.
  private func objects(
    _ manifests: [Manifest], _ rules: LeftoverRules
  ) throws(ReconcileFailure) -> [Leftover] {
    let labelled = try leftovers(beside: [], rules)
    if let message = labelled.unseenMessage(scope) {
      throw ReconcileFailure(
        [Message("\(message.text); \(Self.nothingDeleted)", message.remedy)], isLasting: true)
    }
    return try others(labelled.objects + named(manifests, rules))
  }

  /// A DaemonSet that stays keeps what it needs.
  private func checkPods(_ found: [Leftover]) throws(ReconcileFailure) {
    guard let kept = found.first(where: { !$0.verdict.isRemoval }) else { return }
    throw ReconcileFailure(
      [
        Message(
          "\(kept.reference): \(makers(of: kept.live)) made it, not \(scope.fieldManager), so "
            + "\(Self.nothingDeleted); delete it with what applied it", .pruneForeign)
      ], isLasting: true)
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
        guard let live, !live.isBeingDeleted, !scope.hasReleaseLabels(live) else { continue }
        found.append(
          Leftover(
            reference: manifest.reference, live: live,
            verdict: try verdict(manifest.reference, live, rules, &nodes)))
      } catch {
        throw ReconcileFailure(
          [ReconcileFailure(manifest.reference, error)], last: Self.nothingDeleted)
      }
    }
    return found
  }

  /// Leaves out what serves the same release in another namespace.
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
      guard Self.isShared(leftover.reference) else { return leftover }
      return Leftover(
        reference: leftover.reference, live: leftover.live,
        verdict: .keep(Message("it serves release \(scope.release) in namespace \(other)")))
    }
  }
}
