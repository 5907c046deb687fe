internal import DesiredState
public import JSON
public import KubernetesAPI

extension Reconciler {
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
    for object in plan {
      guard !surroundings.isStopRequested() else {
        throw progress.failure(["stopped before \(object.reference)"], isStop: true)
      }
      do {
        let (outcome, result, detail) =
          options.isDryRun || object.outcome == .unchanged
          ? (object.outcome, object.result, object.detail) : try carryOut(object)
        objects[object.reference] = result
        progress.done(object.reference, outcome)
        say(.object(object.reference, outcome, detail: detail))
      } catch {
        throw progress.failure(at: object.reference, error)
      }
    }
    return objects
  }

  typealias Done = (outcome: Outcome, result: JSONValue?, detail: String?)

  func carryOut(_ object: PlannedObject) throws(KubernetesError) -> Done {
    if scope.offsetsMap(object.reference) != nil { return try applyOffsetsMap(object) }
    let (result, conflicts) = try repairing(object.live, isForced: object.isForced) {
      (isForced) throws(KubernetesError) in
      try attempt { () throws(KubernetesError) in
        try client.apply(
          object.manifest.json, to: object.reference,
          WriteMode(fieldManager: ReleaseScope.fieldManager, isForced: isForced))
      }
    }
    return (
      outcome(object, result), result, FieldConflict.past(conflicts) ?? object.detail
    )
  }

  /// The dry run answered the version that the object had: nothing was written when it has it still.
  private func outcome(_ object: PlannedObject, _ result: JSONValue) -> Outcome {
    guard object.outcome == .configured, let before = Substance.resourceVersion(object.result),
      Substance.resourceVersion(result) == before
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
        guard !OffsetsOwnership.ownsData(live) else {
          try handOver(live, object.reference)
          continue
        }
        let (result, conflicts) = try repairing(live, isForced: object.isForced) {
          (isForced) throws(KubernetesError) in
          try write(object, on: live, isForced: isForced)
        }
        let isSame = Substance.resourceVersion(result) == Substance.resourceVersion(live)
        return (
          isSame && object.result != nil ? .unchanged : .configured, result,
          FieldConflict.past(conflicts) ?? object.detail
        )
      } catch {
        guard error.problem == .conflict, error.status?.causes.isEmpty == true,
          !surroundings.isStopRequested()
        else { throw error }
        failure = error
        surroundings.wait(.milliseconds(20))
      }
    }
    throw failure ?? .malformedAnswer("it still says that operator-sim owns offsets")
  }

  private func write(
    _ object: PlannedObject, on live: JSONValue?, isForced: Bool
  ) throws(KubernetesError) -> JSONValue {
    var configuration = object.manifest.json
    if let version = Substance.resourceVersion(live) {
      configuration["metadata"]?["resourceVersion"] = .string(version)
    }
    return try attempt { () throws(KubernetesError) in
      try client.apply(
        configuration, to: object.reference,
        WriteMode(fieldManager: ReleaseScope.fieldManager, isForced: isForced),
        metadataOnly: true)
    }
  }

  private func handOver(
    _ live: JSONValue, _ reference: ObjectReference
  ) throws(KubernetesError) {
    guard let operations = OffsetsOwnership.handover(live) else {
      throw .malformedAnswer("its managed fields cannot be read")
    }
    try client.patch(
      reference, operations: operations, WriteMode(fieldManager: ReleaseScope.fieldManager))
  }
}

/// Which objects of a row are done.
struct Progress {
  private var done: [(reference: ObjectReference, outcome: Outcome)] = []
  private var rest: [ObjectReference]

  init(_ objects: [ObjectReference]) { rest = objects }

  mutating func done(_ reference: ObjectReference, _ outcome: Outcome) {
    done.append((reference, outcome))
    rest.removeAll { $0 == reference }
  }

  /// An object could not be written: which one and why, what is done, what is not.
  func failure(at reference: ObjectReference, _ error: KubernetesError) -> ReconcileFailure {
    let doubt =
      error.isOutcomeUnknown ? ["whether \(reference) was written after all is not known"] : []
    return failure(
      [Advice.line(reference, error)] + doubt, isLasting: error.isLasting,
      isStop: error.isCancelled)
  }

  func failure(
    _ lines: [String], isLasting: Bool = false, isStop: Bool = false
  ) -> ReconcileFailure {
    let written = done.filter { $0.outcome != .unchanged }
      .map { "\($0.reference) \($0.outcome.rawValue)" }
    return ReconcileFailure(
      lines + [
        "done before: \(Self.list(written))",
        "not done: \(Self.list(rest.map(\.description))); run again to go on from here",
      ], isLasting: isLasting, isStop: isStop)
  }

  private static func list(_ words: [String]) -> String {
    words.isEmpty ? "nothing" : words.joined(separator: ", ")
  }
}
