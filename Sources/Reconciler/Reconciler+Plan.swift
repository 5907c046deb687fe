public import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

extension Reconciler {
  /// Finds out what an apply would do, by dry runs: conflicts, missing permissions and refusals are
  /// known before anything is changed.
  ///
  /// - Returns: in the order in which it is to be applied: an admission policy before the permissions
  ///   that it limits, otherwise as given.
  /// - Throws: ``ReconcileFailure`` with a message for every object that cannot be applied.
  public func plan(
    _ manifests: [Manifest], _ options: ApplyOptions
  ) throws(ReconcileFailure) -> [PlannedObject] {
    try checkNamespace()
    try checkOtherReleases(manifests)
    var planned: [PlannedObject] = []
    var appliedEarlier: [Manifest] = []
    var failures: [ReconcileFailure] = []
    for manifest in AdmissionOrder.sorted(manifests) {
      try checkStop()
      do throws(KubernetesError) {
        let object = try dryRun(manifest, options, appliedEarlier: appliedEarlier)
        planned.append(object)
        if object.outcome != .unchanged { appliedEarlier.append(manifest) }
      } catch {
        failures.append(ReconcileFailure(manifest.reference, error))
        appliedEarlier.append(manifest)
        // A server that cannot be reached now is not asked about every object.
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
      // Not every user who may write into a namespace may read it.
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

  /// - Parameter appliedEarlier: what is made or changed before it.
  func dryRun(
    _ manifest: Manifest, _ options: ApplyOptions, appliedEarlier: [Manifest]
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
    if isOffsets, OffsetsOwnership.ownsData(live, scope.owner) {
      return planned(.configured, nil, "gives up that it owns offsets")
    }
    if let command = live.flatMap({ takenOverFrom($0, reference) }) {
      return planned(
        .configured, try takeoverDryRun(manifest, options), "taken over from \(command)")
    }
    do throws(KubernetesError) {
      let (result, conflicts) = try dryRunApply(manifest, live, options)
      let outcome: Outcome =
        if let live {
          ComparableObject(live) == ComparableObject(result) ? .unchanged : .configured
        } else { .created }
      return planned(outcome, result, FieldConflict.past(conflicts))
    } catch {
      guard let status = error.status, cannotBeDryRun(status, manifest, appliedEarlier) else {
        throw error
      }
      return planned(live == nil ? .created : .configured, nil)
    }
  }

  /// The object after an apply, and what others had changed of what this manager applied.
  private func dryRunApply(
    _ manifest: Manifest, _ live: JSONValue?, _ options: ApplyOptions
  ) throws(KubernetesError) -> (result: JSONValue, conflicts: [FieldConflict]) {
    try repairing(
      live, isForced: options.forcesConflicts,
      isOffsetsMap: scope.offsetsMap(manifest.reference) != nil
    ) { (isForced) throws(KubernetesError) in
      try dryRunApply(manifest, isForced: isForced)
    }
  }

  private func dryRunApply(
    _ manifest: Manifest, isForced: Bool
  ) throws(KubernetesError) -> JSONValue {
    try attempt { () throws(KubernetesError) in
      try client.apply(
        manifest.json, to: manifest.reference,
        WriteMode(fieldManager: scope.fieldManager, isForced: isForced, isDryRun: true),
        metadataOnly: scope.offsetsMap(manifest.reference) != nil)
    }
  }

  /// Where fields of an object of this very release are taken over from, see ``KubectlFields``; nil
  /// where none are.
  func takenOverFrom(_ live: JSONValue, _ reference: ObjectReference) -> String? {
    guard scope.hasReleaseLabels(live) else { return nil }
    return KubectlFields.source(
      live, for: scope.owner, metadataOnly: scope.offsetsMap(reference) != nil)
  }

  /// The object as it would be but for what kubectl applied and the manifest does not name, which
  /// goes only when its fields have changed hands. Nil where that keeps the server from answering:
  /// a container may stand in two lists until then.
  private func takeoverDryRun(
    _ manifest: Manifest, _ options: ApplyOptions
  ) throws(KubernetesError) -> JSONValue? {
    do throws(KubernetesError) {
      return try dryRunApply(manifest, isForced: options.forcesConflicts)
    } catch {
      let conflicts = error.status.map(FieldConflict.list) ?? []
      let isOnlyKubectl = conflicts.allSatisfy { KubectlFields(rawValue: $0.manager) != nil }
      guard !conflicts.isEmpty, isOnlyKubectl || scope.offsetsMap(manifest.reference) != nil else {
        if error.problem == .invalid { return nil }
        throw error
      }
    }
    do throws(KubernetesError) {
      return try dryRunApply(manifest, isForced: true)
    } catch {
      if error.problem == .invalid { return nil }
      throw error
    }
  }

  /// Applies, and once more with force when it is only drift that stands against it: the object is
  /// one that this manager applied before, and the fields were changed by hand since. Fields that
  /// another program applies too are its own; taking them over needs a decision. On an offsets map,
  /// of which an apply names nothing but labels, no other manager has any business.
  func repairing(
    _ live: JSONValue?, isForced: Bool, isOffsetsMap: Bool,
    _ apply: (_ isForced: Bool) throws(KubernetesError) -> JSONValue
  ) throws(KubernetesError) -> (result: JSONValue, conflicts: [FieldConflict]) {
    do {
      return (try apply(isForced), [])
    } catch {
      let conflicts = error.status.map(FieldConflict.list) ?? []
      let isDrift =
        conflicts.allSatisfy { !$0.applies } && scope.owner.entry(of: live) != nil
      guard !isForced, !conflicts.isEmpty, isDrift || isOffsetsMap else { throw error }
      return (try apply(true), conflicts)
    }
  }

  /// A dry run cannot tell how it will be: the role that a binding names is made or changed in this
  /// same apply, or a webhook takes no dry runs.
  private func cannotBeDryRun(
    _ status: KubernetesStatus, _ manifest: Manifest, _ appliedEarlier: [Manifest]
  ) -> Bool {
    if status.isDryRunUnsupported { return true }
    let role = manifest.json["roleRef"]
    let isRoleEarlier = appliedEarlier.contains {
      $0.kind == role?["kind"]?.string && $0.name == role?["name"]?.string
    }
    return isRoleEarlier && (status.problem == .notFound || status.problem == .forbidden)
  }
}

extension KubernetesStatus {
  /// A webhook takes no dry runs.
  var isDryRunUnsupported: Bool { message.contains("does not support dry run") }
}
