public import DesiredState
internal import JSON
internal import KubernetesAPI

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
  /// What is wrong at the moment, so that it is said once.
  private var troubles: [String: String] = [:]

  /// - Parameters:
  ///   - reconciler: does the work.
  ///   - options: as for a single apply.
  ///   - interval: between two looks.
  public init(_ reconciler: Reconciler, _ options: ApplyOptions, interval: Duration) {
    self.reconciler = reconciler
    self.options = options
    self.interval = interval
  }

  private var surroundings: Surroundings { reconciler.surroundings }

  private func note(_ text: String) { reconciler.say(.note(text)) }

  /// Applies and then watches, until somebody wants to stop.
  ///
  /// - Parameter desired: gives the manifests when they are others than the last time, and nil
  ///   otherwise; asked before every look.
  /// - Throws: what `desired` throws at first, and ``ReconcileFailure`` when the first apply fails for
  ///   a reason that does not pass. Later trouble is said, and tried again ever more slowly.
  public func run(desired: () throws -> [Manifest]?) throws {
    reconciler.attempts = 1
    reconciler.saysNotesOnce = true
    var pending = try desired()
    var backoff = Backoff(initial: .seconds(1), cap: .seconds(60))
    var isFirst = true
    while !surroundings.isStopRequested() {
      do throws(ReconcileFailure) {
        if let next = pending {
          try applyAll(next)
          pending = nil
          reconciler.saysUnchanged = false
        } else {
          try look()
        }
        backoff.reset()
        isFirst = false
        recovered(from: "cluster", "all is well again")
        surroundings.wait(interval)
      } catch {
        if error.isStop || surroundings.isStopRequested() {
          // Whoever stops it in the middle of something wants to know how far it came.
          if error.lines.count > 1 { error.lines.forEach(note) }
          return
        }
        if isFirst, error.isLasting { throw error }
        let wait = backoff.next(using: &reconciler.surroundings.random)
        trouble("cluster", error.description)
        surroundings.wait(wait)
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
      trouble("input", "\(error)\nthe last values that could be read stay in force")
      return nil
    }
  }

  private func applyAll(_ next: [Manifest]) throws(ReconcileFailure) {
    let plan = try reconciler.plan(next, options)
    let objects = try reconciler.apply(plan, options)
    try reconciler.prune(reconciler.leftovers(beside: next, options), options)
    manifests = next
    seen = [:]
    for (reference, object) in objects { remember(reference, object) }
  }

  private func remember(_ reference: ObjectReference, _ object: JSONValue?) {
    seen[reference] = object.map { fingerprint(reference, $0) }
  }

  private func fingerprint(_ reference: ObjectReference, _ object: JSONValue) -> Fingerprint {
    Fingerprint(object, isOffsetsMap: reconciler.scope.offsetsMap(reference) != nil)
  }

  /// One look at every object.
  private func look() throws(ReconcileFailure) {
    for manifest in manifests {
      try reconciler.checkStop()
      let reference = manifest.reference
      guard paces[reference]?.allowsRepair(at: surroundings.now()) ?? true else { continue }
      do throws(KubernetesError) {
        let live = try reconciler.client.object(reference, metadataOnly: true)
        if let live, seen[reference] == fingerprint(reference, live) { continue }
        try repair(manifest)
        refusals[reference] = nil
        recovered(from: "\(reference)", nil)
      } catch {
        try refused(reference, error)
      }
    }
  }

  private func repair(_ manifest: Manifest) throws(KubernetesError) {
    let reference = manifest.reference
    let planned = try reconciler.foresee(manifest, options, ahead: [])
    guard planned.outcome != .unchanged else {
      return remember(reference, planned.result)
    }
    let (outcome, result, detail) = try reconciler.carryOut(planned)
    remember(reference, result)
    guard outcome != .unchanged else { return }
    reconciler.say(.object(reference, outcome, detail: detail))
    var pace = paces[reference] ?? RepairPace()
    if let wait = pace.repaired(at: surroundings.now()) {
      note(
        "\(reference) has been repaired \(pace.repairs) times; the next repair waits "
          + "\(wait.components.seconds) s")
    }
    paces[reference] = pace
  }

  /// An object that is refused must not keep the others from being repaired; a server that does not
  /// answer need not be asked about them.
  private func refused(
    _ reference: ObjectReference, _ error: KubernetesError
  ) throws(ReconcileFailure) {
    switch error.problem {
    case nil, .unavailable, .serverTimedOut, .throttled, .unauthenticated:
      throw ReconcileFailure(reference, error)
    default: break
    }
    var backoff = refusals[reference] ?? Backoff(initial: .seconds(4), cap: .seconds(300))
    // At least half of the time, that a small draw does not undo it.
    let wait = backoff.ceiling / 2
    let drawn = backoff.next(notBefore: wait, using: &reconciler.surroundings.random)
    refusals[reference] = backoff
    paces[reference, default: RepairPace()].failed(at: surroundings.now(), wait: drawn)
    trouble("\(reference)", Advice.line(reference, error))
  }

  private func trouble(_ subject: String, _ text: String) {
    guard troubles.updateValue(text, forKey: subject) != text else { return }
    for line in text.split(separator: "\n") { reconciler.report(.note(String(line))) }
  }

  private func recovered(from subject: String, _ text: String?) {
    guard troubles.removeValue(forKey: subject) != nil, let text else { return }
    reconciler.report(.note(text))
  }
}
