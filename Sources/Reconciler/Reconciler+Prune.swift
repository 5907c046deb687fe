public import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

extension Reconciler {
  /// What an apply of these manifests would delete, and what it would leave although it is not
  /// described any more.
  public func leftovers(
    beside manifests: [Manifest], _ options: ApplyOptions
  ) throws(ReconcileFailure) -> Leftovers {
    try leftovers(
      beside: Set(manifests.map(\.reference)),
      LeftoverRules(prunesOffsets: options.prunesOffsets, prunesForeign: options.prunesForeign))
  }

  /// Tries the deletions in dry runs, so that a missing permission or a refusal is known before
  /// anything is changed. Of maps that nodes made one is tried, since they are alike and many.
  /// - Throws: ``ReconcileFailure`` with a message for every object that may not be deleted.
  func checkRemovals(_ leftovers: [Leftover], last: String) throws(ReconcileFailure) {
    var failures: [ReconcileFailure] = []
    var hasTriedNodeMap = false
    for leftover in leftovers where leftover.verdict.isRemoval {
      if scope.offsetsMap(leftover.reference) == .perNode {
        if hasTriedNodeMap { continue }
        hasTriedNodeMap = true
      }
      try checkStop()
      do throws(KubernetesError) {
        try attempt { () throws(KubernetesError) in
          try client.delete(
            leftover.reference, uid: leftover.live.uid, resourceVersion: nil, isDryRun: true)
        }
      } catch {
        // What was deleted or made anew meanwhile is judged when its turn comes.
        if error.problem == .notFound || error.problem == .conflict { continue }
        if error.status?.isDryRunUnsupported == true { continue }
        failures.append(ReconcileFailure(leftover.reference, error))
        if error.status == nil { break }
      }
    }
    guard failures.isEmpty else { throw ReconcileFailure(failures, last: last) }
  }

  /// Deletes what is to be pruned, and reports what stays.
  /// - Throws: ``ReconcileFailure``, also when some types could not be looked at: then it is not known
  ///   whether anything is left.
  public func prune(
    _ leftovers: Leftovers, _ options: ApplyOptions
  ) throws(ReconcileFailure) {
    try remove(leftovers.objects, .pruned, isDryRun: options.isDryRun)
    if let message = leftovers.unseenMessage(scope) {
      throw ReconcileFailure(
        [message, Message("what is no longer wanted among them was not pruned")], isLasting: true)
    }
  }

  func remove(
    _ leftovers: [Leftover], _ outcome: Outcome, isDryRun: Bool
  ) throws(ReconcileFailure) {
    let gone = leftovers.filter(\.verdict.isRemoval)
    var progress = Progress(gone.map(\.reference))
    for leftover in gone {
      guard !host.isStopRequested() else {
        throw progress.failure([Message("stopped before \(leftover.reference)")], isStop: true)
      }
      do {
        guard try remove(leftover, isDryRun: isDryRun) else { continue }
        progress.done(leftover.reference, outcome)
        say(.object(leftover.reference, outcome))
      } catch {
        throw progress.failure(at: leftover.reference, error)
      }
    }
    for leftover in leftovers {
      if case .keep(let why) = leftover.verdict {
        say(.note(Message("\(leftover.reference) is kept: \(why.text)", why.remedy)))
      }
    }
  }

  private static let deletionAttempts = 20

  /// Deletes the very object that was judged. One that changed meanwhile is deleted all the same as
  /// long as it is the same object of the same release, unless its verdict says otherwise.
  /// - Returns: whether it is gone.
  private func remove(_ leftover: Leftover, isDryRun: Bool) throws(KubernetesError) -> Bool {
    let uid = leftover.live.uid
    var version = leftover.live.resourceVersion
    var failure: KubernetesError?
    for _ in 0..<Self.deletionAttempts {
      do throws(KubernetesError) {
        try attempt { () throws(KubernetesError) in
          try client.delete(
            leftover.reference, uid: uid, resourceVersion: version, isDryRun: isDryRun)
        }
        return true
      } catch {
        if error.problem == .notFound { return true }
        guard error.problem == .conflict else { throw error }
        if leftover.verdict == .pruneUnlessWritten { return false }
        failure = error
      }
      let live = try attempt { () throws(KubernetesError) in
        try client.object(leftover.reference, metadataOnly: true)
      }
      guard let live else { return true }
      guard live.uid == uid, live.labels == leftover.live.labels else { break }
      version = live.resourceVersion
    }
    throw failure ?? .malformedAnswer("it was not deleted")
  }
}
