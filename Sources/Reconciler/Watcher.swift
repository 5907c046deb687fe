public import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Keeps a release as it should be: looks at its objects' metadata every few seconds and repairs
/// what has drifted, one write for each drift.
///
/// Looking is one small read for each object, of its metadata alone. Watches would cost fewer
/// requests and one open connection for each type; what counts here is that nothing can be missed
/// and that permission to get is enough.
public final class Watcher {
  private let reconciler: Reconciler
  private let options: ApplyOptions
  private let interval: Duration

  private var manifests: [Manifest] = []
  private var seen: [ObjectReference: Fingerprint] = [:]
  private var paces: [ObjectReference: RepairPace] = [:]
  private var refusals: [ObjectReference: Backoff] = [:]
  /// What is wrong at the moment, so that it is reported once.
  private var troubles: [String: [Message]] = [:]

  /// - Parameters:
  ///   - reconciler: does the work.
  ///   - options: as for a single apply.
  ///   - interval: between two looks.
  public init(_ reconciler: Reconciler, _ options: ApplyOptions, interval: Duration) {
    self.reconciler = reconciler
    self.options = options
    self.interval = interval
  }

  private var host: HostEnvironment { reconciler.host }

  private func note(_ text: String) { reconciler.say(.note(text)) }

  /// Applies and then watches, until the caller wants to stop.
  ///
  /// - Parameter desired: gives the manifests when they are others than the last time, and nil
  ///   otherwise; asked before every look.
  /// - Throws: what `desired` throws at first, and ``ReconcileFailure`` when the first apply fails for
  ///   a reason that does not pass. Later trouble is reported, and tried again ever more slowly.
  public func run(desired: () throws -> [Manifest]?) throws {
    reconciler.attempts = 1
    reconciler.saysNotesOnce = true
    var pending = try desired()
    var backoff = Backoff(initial: .seconds(1), cap: .seconds(60))
    var isFirst = true
    while !host.isStopRequested() {
      do throws(ReconcileFailure) {
        if let next = pending {
          try applyAll(next)
          pending = nil
          reconciler.saysUnchanged = false
          if isFirst {
            note(
              "watching release \(reconciler.scope.release) in namespace "
                + "\(reconciler.scope.namespace)")
          }
        } else {
          try look()
        }
        backoff.reset()
        isFirst = false
        recovered(from: "cluster", "the cluster can be reconciled again")
        host.wait(interval)
      } catch {
        if error.isStop || host.isStopRequested() {
          // Stopped in the middle of something: how far it came.
          if error.messages.count > 1 {
            for message in error.messages { reconciler.say(.note(message)) }
          }
          return
        }
        if isFirst, error.isLasting { throw error }
        let wait = backoff.next(using: &reconciler.host.random)
        trouble("cluster", error.messages)
        host.wait(wait)
      }
      if let next = newManifests(desired) { pending = next }
    }
  }

  private func newManifests(_ desired: () throws -> [Manifest]?) -> [Manifest]? {
    do {
      let next = try desired()
      if next != nil { recovered(from: "input", nil) }
      return next
    } catch {
      let messages =
        (error as? ReconcileFailure)?.messages
        ?? "\(error)".split(separator: "\n").map { Message(String($0)) }
      trouble("input", messages + [Message("the last values that could be read stay in force")])
      return nil
    }
  }

  private func applyAll(_ next: [Manifest]) throws(ReconcileFailure) {
    var (objects, leftovers) = try reconciler.applyAll(next, options)
    if let message = leftovers.unseenMessage(reconciler.scope) {
      reconciler.say(.note(message))
      leftovers.unseen = []
    }
    try reconciler.prune(leftovers, options)
    manifests = next
    seen = [:]
    for (reference, object) in objects { remember(reference, object) }
  }

  private func remember(_ reference: ObjectReference, _ object: JSONValue?) {
    seen[reference] = object.map { fingerprint(reference, $0) }
  }

  private func fingerprint(_ reference: ObjectReference, _ object: JSONValue) -> Fingerprint {
    Fingerprint(
      object, reconciler.scope.owner,
      isOffsetsMap: reconciler.scope.offsetsMap(reference) != nil)
  }

  /// One look at every object.
  private func look() throws(ReconcileFailure) {
    for manifest in manifests {
      try reconciler.checkStop()
      let reference = manifest.reference
      guard paces[reference]?.allowsRepair(at: host.now()) ?? true else { continue }
      do throws(KubernetesError) {
        let live = try reconciler.client.object(reference, metadataOnly: true)
        if let live, seen[reference] == fingerprint(reference, live) { continue }
        guard try repair(manifest) else { continue }
        refusals[reference] = nil
        recovered(from: "\(reference)", nil)
      } catch {
        try refused(reference, error)
      }
    }
  }

  /// - Returns: false when it may not be repaired for now.
  private func repair(_ manifest: Manifest) throws(KubernetesError) -> Bool {
    let reference = manifest.reference
    let planned = try reconciler.dryRun(manifest, options, appliedEarlier: [])
    // Another release of that name took it: two of them would take it from each other in turn.
    if let other = try reconciler.livingNamespace(reference, planned.live) {
      postpone(reference, reconciler.belonging(reference, to: other))
      return false
    }
    guard planned.outcome != .unchanged else {
      remember(reference, planned.result)
      return true
    }
    let (outcome, result, detail) = try reconciler.carryOut(planned)
    remember(reference, result)
    guard outcome != .unchanged else { return true }
    reconciler.say(.object(reference, outcome, detail: detail))
    var pace = paces[reference] ?? RepairPace()
    if let wait = pace.repaired(at: host.now()) {
      note(
        "\(reference) has been repaired \(pace.repairs) times; the next repair waits "
          + "\(wait.components.seconds) s")
    }
    paces[reference] = pace
    return true
  }

  /// An object that is refused must not keep the others from being repaired; a server that does not
  /// answer need not be asked about them.
  private func refused(
    _ reference: ObjectReference, _ error: KubernetesError
  ) throws(ReconcileFailure) {
    switch error.problem {
    case nil, .unavailable, .serverTimedOut, .throttled, .unauthenticated:
      throw ReconcileFailure(reference, error)
    default: postpone(reference, Advice.message(reference, error))
    }
  }

  private func postpone(_ reference: ObjectReference, _ message: Message) {
    var backoff = refusals[reference] ?? Backoff(initial: .seconds(4), cap: .seconds(300))
    // At least half of the time, that a small draw does not undo it.
    let wait = backoff.ceiling / 2
    let drawn = backoff.next(notBefore: wait, using: &reconciler.host.random)
    refusals[reference] = backoff
    paces[reference, default: RepairPace()].failed(at: host.now(), wait: drawn)
    trouble("\(reference)", [message])
  }

  private func trouble(_ subject: String, _ messages: [Message]) {
    guard troubles.updateValue(messages, forKey: subject) != messages else { return }
    for message in messages { reconciler.report(.note(message)) }
  }

  private func recovered(from subject: String, _ text: String?) {
    guard troubles.removeValue(forKey: subject) != nil, let text else { return }
    reconciler.report(.note(text))
  }
}
