internal import FilelogKubernetesAPI

/// One cycle: load what is stored where that is due, scan, save where the content changed. While
/// stopping, the save comes first: there may be time for one request only.
extension SyncLoop {
  /// How long a pod that was deleted by force may still write after its successor has started: the
  /// API server accepts its token for about 10 s more (measured), because the token is bound to the
  /// pod. This is all the fencing there is to do, see docs/design-notes.md.
  static let predecessorLimit: Duration = .seconds(15)

  /// How long a change of what is stored that is not ours may go unnoticed while no log line comes.
  /// Upstream's operator wipes the shared map with every change of its labels.
  static let reloadInterval: Duration = .seconds(600)

  /// How long the API server may carry out a request whose sender waits no more: it gives up by
  /// itself after 34 s (measured).
  static let unresolvedWriteLimit: Duration = .seconds(45)

  /// How long a store that was given up gets to come in, before the last one is looked after.
  static let unresolvedWritePause: Duration = .milliseconds(500)
  /// What the last attempt of all gets.
  static let lastAttempt: Duration = .seconds(1)

  private var isStopping: Bool { if case .running = phase { false } else { true } }

  mutating func beginCycle(_ now: Duration) -> Action {
    cycle = Cycle()
    guard isReloadDue(now), !isStopping || stored == nil else { return .scan }
    return reloadStored()
  }

  private func isReloadDue(_ now: Duration) -> Bool {
    (stored == nil || now >= nextReload) && now >= retryAt
  }

  /// Loads what is stored, so that a restarted sidecar does not write what is there already; once
  /// more when no predecessor can write any longer, so that its last word does not stand; and from
  /// then on now and then, and while stopping, so that what was wiped is stored again.
  private mutating func reloadStored() -> Action {
    cycle?.hasReloaded = true
    return .load
  }

  /// What is stored is known, unless a predecessor may still write.
  private mutating func scheduleReload(_ now: Duration) {
    guard now >= nextReload else { return }
    nextReload = now + Self.reloadInterval * aboutOne()
  }

  /// What is stored is loaded again when a request that failed can no longer be carried out.
  private mutating func markOutcomeUnknown(_ now: Duration) {
    hasUnresolvedWrite = true
    nextReload = min(nextReload, now + Self.unresolvedWriteLimit)
  }

  mutating func loaded(
    _ result: Result<StoredPayload?, StoreError>, _ mustBeSaved: Bool, _ now: Duration,
    _ isStopRequested: Bool
  ) -> Action {
    switch result {
    case .success(let payload):
      adopt(payload, mustBeSaved)
      scheduleReload(now)
    case .failure(let error) where error.code == .damaged:
      note(.storedDamaged(error, payload: nil))
      stored = Stored(mustBeSaved: mustBeSaved)
      scheduleReload(now)
    case .failure(let error):
      // What was known before is good enough to store what changed; and receivers are followed.
      cycle?.reloadError = error
      if stored == nil, confirmed == nil || isStopping {
        return endCycle(.store(error), now, isStopRequested)
      }
    }
    return cycle?.state == nil ? .scan : decide(now, isStopRequested)
  }

  private mutating func adopt(_ payload: StoredPayload?, _ mustBeSaved: Bool) {
    var found = Stored(payload: payload, mustBeSaved: mustBeSaved)
    if let payload, let stored, payload == stored.payload {
      // A difference tells times less exactly than the volume: they are not a change.
      found.digests = stored.digests
    } else if let payload {
      do throws(PayloadError) {
        let snapshot = try Payload.unpack(payload)
        found.digests = snapshot.digests
        found.times = snapshot.times
      } catch {
        if error.code == .difference {
          note(.differenceDamaged(error))
          return adopt(payload.base, true)
        }
        note(.storedDamaged(error, payload: payload.whole))
        found.payload = nil
      }
    }
    stored = found
  }

  mutating func scanned(
    _ result: Result<VolumeScan, VolumeError>, _ now: Duration, _ isStopRequested: Bool
  ) -> Action {
    switch result {
    case .failure(let error):
      guard cycle != nil else { return resumeWatch(now) }
      return endCycle(.volume(error), now, isStopRequested)
    case .success(var scan):
      takeEarlierLooks(&scan)
      note(.volumeReadable)
      note(.scanned(scan))
      scanIsComplete = scan.isComplete
      confirmed?.note(scan)
      pace.scanned(began: scan.began, cost: scan.cost, at: now)
      guard cycle != nil else { return resumeWatch(now) }
      let state = storable(scan)
      cycle?.state = state
      return decide(now, isStopRequested)
    }
  }

  // MARK: While a request is under way

  /// Notes what was seen of receivers beside the cycle that waits for its answer.
  /// - Returns: whether a scan is due.
  mutating func followed(_ peeks: [DatabasePeek], at now: Duration) -> Bool {
    guard let hasMoved = confirmed?.note(peeks) else { return false }
    // Without a scan before, it is not known what to peek at.
    return (hasMoved || peeks.isEmpty) && pace.allowsScan(at: now)
  }

  /// Notes what a scan found beside the cycle.
  mutating func followed(_ scan: VolumeScan, at now: Duration) {
    var scan = scan
    takeEarlierLooks(&scan)
    confirmed?.note(scan)
    pace.scanned(began: scan.began, cost: scan.cost, at: now)
  }

  /// A scan that only follows receivers while they stop.
  private func resumeWatch(_ now: Duration) -> Action {
    guard case .stopping(let shutdown) = phase else { return idle }
    return .pause(shutdown.untilNextStep(now))
  }

  private mutating func decide(_ now: Duration, _ isStopRequested: Bool) -> Action {
    guard let state = cycle?.state, let stored else {
      guard let error = cycle?.reloadError else { return postponeStore(now) }
      return endCycle(.store(error), now, isStopRequested)
    }
    // An empty directory is not a state: nothing was read yet, or nothing could be restored.
    if !state.isEmpty, state.digests != stored.digests || stored.mustBeSaved {
      // Scans come as wished for; stores as the server bears them, or what is confirmed comes in.
      let waits = confirmed != nil || storePace.isHeldBack
      if now >= retryAt, !waits || now >= nextStore {
        cycle?.saveBegan = now
        return .save(PayloadOffer(state, directory: settings.directory))
      }
      return postponeStore(now)
    }
    if isStopping, cycle?.hasReloaded == false, isReloadDue(now) { return reloadStored() }
    // The store is left alone after a failure, and has not recovered because nothing is asked of it.
    if now < retryAt { return postponeStore(now) }
    // While stopping, the next cycle asks again; what was stored by us is not a reason to stay.
    let error = isStopping ? nil : cycle?.reloadError
    return endCycle(error.map { .store($0) }, now, isStopRequested)
  }

  mutating func saved(
    _ result: Result<Saved, StoreError>, _ mustBeSaved: Bool, _ now: Duration,
    _ isStopRequested: Bool
  ) -> Action {
    guard let state = cycle?.state, let began = cycle?.saveBegan else { return idle }
    switch result {
    case .success(let saved):
      stored = Stored(
        payload: saved.payload, digests: state.digests, times: state.snapshot.times,
        mustBeSaved: mustBeSaved)
      storePace.stored(took: now - began)
      let pace = aboutOne()
      nextStore = isStopping ? now : began + storePace.interval * pace
      scheduleReload(now)
      note(
        .stored(
          files: state.digests.count, bytes: saved.written, took: now - began,
          interval: storePace.interval))
      return endCycle(nil, now, isStopRequested)
    case .failure(let error):
      if error.isOutcomeUnknown { markOutcomeUnknown(now) }
      if error.code == .unavailable { storePace.refused() }
      return endCycle(.store(error), now, isStopRequested)
    }
  }

  // MARK: The end of a cycle

  /// Something is to be stored, but not now.
  private mutating func postponeStore(_ now: Duration) -> Action {
    cycle = nil
    nextScan = min(
      now + settings.interval * aboutOne(),
      max(retryAt, nextStore))
    followQuietReceivers(now)
    return idle
  }

  private mutating func endCycle(
    _ error: CycleError?, _ now: Duration, _ isStopRequested: Bool
  ) -> Action {
    cycle = nil
    let delay = pause(after: error, isStopRequested)
    switch phase {
    case .running:
      // A tenth more or less, so that a fleet that started at once does not write at once. A delay
      // after a failure is drawn by chance already, and one that was asked for is not cut short.
      nextScan = now + (delay ?? settings.interval * aboutOne())
      if case .store? = error { retryAt = nextScan }
      followQuietReceivers(now)
      return idle
    case .stopping: return .askLocks
    case .finishing(let collectorIsGone, let rereads):
      return finish(collectorIsGone, rereads, delay: delay, now)
    }
  }

  /// What is confirmed is found by following: the first lines after a while are looked for as well. A
  /// receiver of which more is known is peeked at instead.
  private mutating func followQuietReceivers(_ now: Duration) {
    guard confirmed?.hasCandidates == false else { return }
    nextScan = min(nextScan, pace.nextIdleScan(at: now))
  }

  /// - Returns: when to try again after a failure; nil without one.
  private mutating func pause(after error: CycleError?, _ isStopRequested: Bool) -> Duration? {
    guard let error else {
      backoff.reset()
      note(.storeRecovered)
      return nil
    }
    // A request that was given up because we must stop has not failed: it is made again at once.
    if isStopRequested { return .zero }
    note(.raised(error))
    switch error {
    case .volume: return .milliseconds(500)
    case .store(let error): return backoff.next(notBefore: error.retryAfter, using: &random)
    }
  }

  private mutating func finish(
    _ collectorIsGone: Bool, _ rereads: Int, delay: Duration?, _ now: Duration
  ) -> Action {
    let rest = (deadline ?? now) - now
    guard var delay else {
      if hasUnresolvedWrite, rest > Self.lastAttempt * 2 {
        hasUnresolvedWrite = false
        nextReload = now
        return .pause(Self.unresolvedWritePause)
      }
      // There is no scan after this one, so what cannot be read now gets a few more attempts.
      if scanIsComplete || rereads == 0 {
        note(.withheld(confirmed?.withheld ?? []))
        note(.stopped(collectorClosed: collectorIsGone))
        return .end(isStored: true)
      }
      phase = .finishing(collectorIsGone: collectorIsGone, rereads: rereads - 1)
      return pauseBeforeLastAttempt(.milliseconds(100), rest)
    }
    delay = max(.zero, delay)
    return pauseBeforeLastAttempt(delay, rest)
  }

  /// Whatever the store asks for, there is one attempt before the end.
  private mutating func pauseBeforeLastAttempt(_ delay: Duration, _ rest: Duration) -> Action {
    guard rest > Self.lastAttempt else {
      note(.stoppedWithoutStoring)
      return .end(isStored: false)
    }
    return .pause(min(delay, rest - Self.lastAttempt))
  }

  /// From 0.9 to 1.1. 53 bits are a fraction below 1; `Double.random(in:)` would draw again and again
  /// from a generator that gives one number, as a test's may.
  private mutating func aboutOne() -> Double {
    0.9 + 0.2 * Double(random.next() >> 11) / 9_007_199_254_740_992
  }
}
