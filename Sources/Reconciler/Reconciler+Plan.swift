public import DesiredState
internal import JSON
internal import KubernetesAPI

extension Reconciler {
  /// Finds out what an apply would do, by dry runs: conflicts, missing permissions and refusals are
  /// known before anything is changed.
  ///
  /// - Throws: ``ReconcileFailure`` with a line for every object that cannot be applied.
  public func plan(
    _ manifests: [Manifest], _ options: ApplyOptions
  ) throws(ReconcileFailure) -> [PlannedObject] {
    try checkNamespace()
    var planned: [PlannedObject] = []
    var ahead: [Manifest] = []
    var failures: [ReconcileFailure] = []
    for manifest in manifests {
      try checkStop()
      do throws(KubernetesError) {
        let object = try foresee(manifest, options, ahead: ahead)
        planned.append(object)
        if object.outcome != .unchanged { ahead.append(manifest) }
        if !options.forcesConflicts, let failure = otherRelease(object) { failures.append(failure) }
      } catch {
        failures.append(ReconcileFailure(manifest.reference, error))
        ahead.append(manifest)
        // Whoever cannot be reached now is not asked about every object.
        if error.status == nil { break }
      }
    }
    guard failures.isEmpty else {
      throw ReconcileFailure(failures, last: Self.nothingChanged)
    }
    return planned
  }

  static let nothingChanged = "nothing was changed"

  private func checkNamespace() throws(ReconcileFailure) {
    guard let type = ResourceType.named("Namespace") else { return }
    let reference = ObjectReference(type, namespace: nil, name: scope.namespace)
    let namespace: JSONValue?
    do {
      namespace = try attempt { () throws(KubernetesError) in try client.object(reference) }
    } catch {
      // Not everybody who may write into a namespace may read it.
      if error.problem == .forbidden { return }
      throw ReconcileFailure(
        [ReconcileFailure(reference, error)], last: Self.nothingChanged)
    }
    var problem: String?
    if namespace == nil {
      problem = Advice.missingNamespace(scope.namespace)
    } else if namespace?["status"]?["phase"]?.string == "Terminating" {
      problem =
        "namespace \(scope.namespace) is being deleted; wait until it is gone, and create it"
    }
    if let problem {
      throw ReconcileFailure([problem, Self.nothingChanged], isLasting: true)
    }
  }

  /// - Parameter ahead: what is made or changed before it.
  func foresee(
    _ manifest: Manifest, _ options: ApplyOptions, ahead: [Manifest]
  ) throws(KubernetesError) -> PlannedObject {
    let reference = manifest.reference
    let isOffsets = scope.offsetsMap(reference) != nil
    let live = try attempt { () throws(KubernetesError) in
      try client.object(reference, metadataOnly: isOffsets)
    }
    func planned(
      _ outcome: Outcome, _ result: JSONValue?, _ detail: String? = nil
    ) -> PlannedObject {
      PlannedObject(
        manifest: manifest, reference: reference, live: live, result: result, outcome: outcome,
        detail: detail, isForced: options.forcesConflicts)
    }
    if isOffsets, OffsetsOwnership.ownsData(live) {
      return planned(.configured, nil, "gives up that it owns offsets")
    }
    do throws(KubernetesError) {
      let (result, conflicts) = try dryRun(manifest, live, options)
      let outcome: Outcome =
        if let live {
          Substance.of(live) == Substance.of(result) ? .unchanged : .configured
        } else { .created }
      return planned(outcome, result, FieldConflict.past(conflicts))
    } catch {
      guard let status = error.status, isUnforeseeable(status, manifest, ahead) else {
        throw error
      }
      return planned(live == nil ? .created : .configured, nil)
    }
  }

  /// The object after an apply, and what others had changed of what this program applied.
  private func dryRun(
    _ manifest: Manifest, _ live: JSONValue?, _ options: ApplyOptions
  ) throws(KubernetesError) -> (result: JSONValue, conflicts: [FieldConflict]) {
    try repairing(live, isForced: options.forcesConflicts) { (isForced) throws(KubernetesError) in
      try attempt { () throws(KubernetesError) in
        try client.apply(
          manifest.json, to: manifest.reference,
          WriteMode(
            fieldManager: ReleaseScope.fieldManager, isForced: isForced, isDryRun: true),
          metadataOnly: scope.offsetsMap(manifest.reference) != nil)
      }
    }
  }

  /// Applies, and once more with force when it is only drift that stands against it: the object is
  /// one that this program applied before, and the fields were changed by hand since. Fields that
  /// another program applies too are its own; taking them over needs a decision.
  func repairing(
    _ live: JSONValue?, isForced: Bool,
    _ apply: (_ isForced: Bool) throws(KubernetesError) -> JSONValue
  ) throws(KubernetesError) -> (result: JSONValue, conflicts: [FieldConflict]) {
    do {
      return (try apply(isForced), [])
    } catch {
      let conflicts = error.status.map(FieldConflict.list) ?? []
      guard !isForced, !conflicts.isEmpty, conflicts.allSatisfy({ !$0.applies }),
        Substance.ownEntry(live) != nil
      else { throw error }
      return (try apply(true), conflicts)
    }
  }

  /// A dry run cannot tell how it will be: the role that a binding names is made or changed in this
  /// same apply, or a webhook takes no dry runs.
  private func isUnforeseeable(
    _ status: KubernetesStatus, _ manifest: Manifest, _ ahead: [Manifest]
  ) -> Bool {
    if status.message.contains("does not support dry run") { return true }
    let role = manifest.json["roleRef"]
    let isRoleAhead = ahead.contains {
      $0.kind == role?["kind"]?.string && $0.name == role?["name"]?.string
    }
    return isRoleAhead && (status.problem == .notFound || status.problem == .forbidden)
  }

  /// Objects of the whole cluster are named after the release alone. Where one serves the same
  /// release in another namespace, that one would lose it.
  private func otherRelease(_ object: PlannedObject) -> ReconcileFailure? {
    guard let other = otherNamespace(object.reference, object.live) else { return nil }
    return ReconcileFailure(
      [
        "\(object.reference): it serves release \(scope.release) in namespace \(other); choose "
          + "another release name, or take it over with --force-conflicts"
      ], isLasting: true)
  }

  /// The namespace that a binding of the whole cluster serves, when it is not the release's.
  func otherNamespace(_ reference: ObjectReference, _ live: JSONValue?) -> String? {
    guard reference.type.kind == "ClusterRoleBinding" else { return nil }
    let namespaces = (live?["subjects"]?.array ?? []).compactMap { $0["namespace"]?.string }
    return namespaces.contains(scope.namespace) ? nil : namespaces.first
  }
}
