public import DesiredState
public import FilelogJSON
public import FilelogKubernetesAPI

extension Reconciler {
  /// Brings the cluster to these manifests: plans, applies, prunes. Nothing is changed unless every
  /// write and every deletion was tried in a dry run.
  /// - Throws: ``ReconcileFailure``, also when some types could not be looked at: then it is not known
  ///   whether anything is left.
  public func reconcile(
    _ manifests: [Manifest], _ options: ApplyOptions
  ) throws(ReconcileFailure) {
    let (_, leftovers) = try applyAll(manifests, options)
    try prune(leftovers, options)
  }

  /// Everything but the deletions.
  func applyAll(
    _ manifests: [Manifest], _ options: ApplyOptions
  ) throws(ReconcileFailure) -> ([ObjectReference: JSONValue], Leftovers) {
    let plan = try plan(manifests, options)
    let leftovers = try leftovers(beside: manifests, options)
    try checkRemovals(leftovers.objects, last: Self.nothingChanged)
    return (try apply(plan, options), leftovers)
  }

  /// Does what was planned, in order; objects that are as they should be are not written.
  ///
  /// - Returns: the objects as they are then.
  /// - Throws: ``ReconcileFailure`` that says which objects were done and which were not.
  @discardableResult
  public func apply(
    _ plan: [PlannedObject], _ options: ApplyOptions
  ) throws(ReconcileFailure) -> [ObjectReference: JSONValue] {
    var progress = Progress(plan.map(\.reference))
    var objects: [ObjectReference: JSONValue] = [:]
    var hasNewPolicy = false
    for object in plan {
      if hasNewPolicy, !AdmissionOrder.isPolicy(object.reference) {
        waitForPolicy(plan)
        hasNewPolicy = false
      }
      guard !host.isStopRequested() else {
        throw progress.failure([Message("stopped before \(object.reference)")], isStop: true)
      }
      do {
        let (outcome, result, detail) =
          options.isDryRun || object.outcome == .unchanged
          ? (object.outcome, object.result, object.detail) : try carryOut(object)
        objects[object.reference] = result
        progress.done(object.reference, outcome)
        say(.object(object.reference, outcome, detail: detail))
        if !options.isDryRun, outcome != .unchanged, AdmissionOrder.isPolicy(object.reference) {
          hasNewPolicy = true
        }
      } catch {
        throw progress.failure(at: object.reference, error)
      }
    }
    return objects
  }

  typealias Done = (outcome: Outcome, result: JSONValue?, detail: String?)

  func carryOut(_ object: PlannedObject) throws(KubernetesError) -> Done {
    if scope.offsetsMap(object.reference) != nil { return try applyOffsetsMap(object) }
    if let live = object.live, takenOverFrom(live, object.reference) != nil {
      try takeOver(object.reference)
    }
    let (result, conflicts) = try repairing(
      object.live, isForced: object.isForced, isOffsetsMap: false
    ) { (isForced) throws(KubernetesError) in
      try attempt { () throws(KubernetesError) in
        try client.apply(
          object.manifest.json, to: object.reference,
          WriteMode(fieldManager: scope.fieldManager, isForced: isForced))
      }
    }
    return (
      outcome(object, result), result, FieldConflict.past(conflicts) ?? object.detail
    )
  }

  /// The dry run answered the version that the object had: nothing was written when it has it still.
  private func outcome(_ object: PlannedObject, _ result: JSONValue) -> Outcome {
    guard object.outcome == .configured, let before = object.result?.resourceVersion,
      result.resourceVersion == before
    else { return object.outcome }
    return .unchanged
  }

  /// Sidecars write the map all the time, so that it may take several attempts to meet it unchanged.
  private static let offsetsAttempts = 20

  /// Applies the labels of an offsets map. The server carries it out only on the very version of the
  /// map whose owners were looked at: on none of which this program owns offsets.
  private func applyOffsetsMap(_ object: PlannedObject) throws(KubernetesError) -> Done {
    for field in ["data", "binaryData"] where object.manifest.json[field] != nil {
      throw .malformedAnswer("the manifest of an offsets map must not state \(field)")
    }
    var failure: KubernetesError?
    for _ in 0..<Self.offsetsAttempts {
      do throws(KubernetesError) {
        let live = try attempt { () throws(KubernetesError) in
          try client.object(object.reference, metadataOnly: true)
        }
        guard let live else {
          let result = try write(object, on: nil, isForced: object.isForced)
          return (.created, result, nil)
        }
        guard !OffsetsOwnership.ownsData(live, scope.owner) else {
          try changeOwners(
            object.reference, OffsetsOwnership.handover(live, from: scope.owner))
          continue
        }
        if takenOverFrom(live, object.reference) != nil {
          let operations = KubectlFields.handover(live, to: scope.owner, metadataOnly: true)
          try changeOwners(object.reference, operations)
          continue
        }
        let (result, conflicts) = try repairing(
          live, isForced: object.isForced, isOffsetsMap: true
        ) { (isForced) throws(KubernetesError) in
          try write(object, on: live, isForced: isForced)
        }
        let isSame = result.resourceVersion == live.resourceVersion
        return (
          isSame && object.result != nil ? .unchanged : .configured, result,
          FieldConflict.past(conflicts) ?? object.detail
        )
      } catch {
        guard error.problem == .conflict, error.status?.causes.isEmpty == true,
          !host.isStopRequested()
        else { throw error }
        failure = error
        host.wait(.milliseconds(20))
      }
    }
    throw failure
      ?? .malformedAnswer("it still states that \(scope.fieldManager) owns offsets")
  }

  private func write(
    _ object: PlannedObject, on live: JSONValue?, isForced: Bool
  ) throws(KubernetesError) -> JSONValue {
    var configuration = object.manifest.json
    if let version = live?.resourceVersion {
      configuration["metadata"]?["resourceVersion"] = .string(version)
    }
    return try attempt { () throws(KubernetesError) in
      try client.apply(
        configuration, to: object.reference,
        WriteMode(fieldManager: scope.fieldManager, isForced: isForced),
        metadataOnly: true)
    }
  }

  /// Moves what kubectl left on the object to this manager. Others may write the object meanwhile.
  private func takeOver(_ reference: ObjectReference) throws(KubernetesError) {
    var failure: KubernetesError?
    for _ in 0..<Self.offsetsAttempts {
      let live = try attempt { () throws(KubernetesError) in
        try client.object(reference, metadataOnly: true)
      }
      guard let live, takenOverFrom(live, reference) != nil else { return }
      do throws(KubernetesError) {
        let operations = KubectlFields.handover(live, to: scope.owner, metadataOnly: false)
        return try changeOwners(reference, operations)
      } catch {
        guard error.problem == .conflict, !host.isStopRequested() else { throw error }
        failure = error
        host.wait(.milliseconds(20))
      }
    }
    if let failure { throw failure }
  }

  private func changeOwners(
    _ reference: ObjectReference, _ operations: [JSONValue]?
  ) throws(KubernetesError) {
    guard let operations else { throw .malformedAnswer("its managed fields cannot be read") }
    try client.patch(
      reference, operations: operations, WriteMode(fieldManager: scope.fieldManager))
  }
}
