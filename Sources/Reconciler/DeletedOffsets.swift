internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Offsets are deleted only when the caller has decided so, also those that come meanwhile.
extension Reconciler {
  func checkOffsets(_ found: [Leftover]) throws(ReconcileFailure) {
    var holders: [ObjectReference] = []
    for leftover in found where leftover.verdict == .prune {
      switch scope.offsetsMap(leftover.reference) {
      case nil: continue
      case .perNode: holders.append(leftover.reference)
      case .shared:
        if Self.holdsOffsets(try map(leftover.reference)) { holders.append(leftover.reference) }
      }
    }
    try refuse(holders, "the nodes' offsets", .decideAboutOffsets, Self.nothingDeleted)
  }

  private func refuse(
    _ holders: [ObjectReference], _ what: String, _ remedy: Remedy, _ account: String
  ) throws(ReconcileFailure) {
    guard let first = holders.first else { return }
    let verb = holders.count > 1 ? "and \(holders.count - 1) more hold" : "holds"
    throw ReconcileFailure(
      [Message("\(first) \(verb) \(what)", remedy), Message(account)], isLasting: true)
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

  /// Deletes the maps that hold nothing, as the caller has not decided about offsets; others stay,
  /// and are reported. What a node made itself holds something.
  func removeEmpty(_ maps: [Leftover]) throws(ReconcileFailure) {
    var holders: [ObjectReference] = []
    for leftover in maps where leftover.verdict == .prune {
      if scope.offsetsMap(leftover.reference) == .shared, try removeIfEmpty(leftover.reference) {
        continue
      }
      holders.append(leftover.reference)
    }
    try refuse(
      holders, "offsets that were stored while the pods stopped", .decideAboutLateOffsets,
      "everything else was deleted")
  }

  private static let emptyingAttempts = 20

  /// Deletes the very version of a map that was seen to be empty: a sidecar that is still there may
  /// store something right now.
  /// - Returns: false when the map holds offsets.
  private func removeIfEmpty(_ reference: ObjectReference) throws(ReconcileFailure) -> Bool {
    for _ in 0..<Self.emptyingAttempts {
      try checkStop()
      guard let live = try map(reference) else { return true }
      guard !Self.holdsOffsets(live) else { return false }
      do throws(KubernetesError) {
        try attempt { () throws(KubernetesError) in
          try client.delete(reference, uid: live.uid, resourceVersion: live.resourceVersion)
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
}
