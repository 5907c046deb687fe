internal import KubernetesAPI

/// `--mode=sync`: keeps the stored offsets of this node up to date until it is told to stop.
///
/// One thread, blocking calls. What is stored is compared by content, so nothing is sent while no
/// log line came.
public final class SyncMode {
  private let settings: Settings
  private let store: any OffsetStore
  private let volume: Volume
  private let host: any HostEnvironment
  private let log: Log
  private let telemetry: Telemetry
  private let scanner: VolumeScanner
  /// Nil where offsets run ahead of delivery, and none is truer than the newest.
  private let delivered: ConfirmedCheckpoints?
  /// What the store holds as far as we know; nil until it was learned.
  private var stored: Stored?
  private var backoff: Backoff
  private var conditions = ConditionLog()
  /// Whether the last look found no database that another look might be able to read.
  private var isScanComplete = true
  /// Not before this moment is anything stored; looks may come more often.
  private var nextStore = Duration.zero
  private var lastLook = Duration.zero
  /// When to learn anew what is stored.
  private var nextLearning = Duration.zero
  /// Whether a store that failed may yet be carried out, over a later one.
  private var isInDoubt = false
  private var volumeAlarm = UsageAlarm(limit: Volume.contractSize)

  private struct Stored {
    var payload: [UInt8]?
    var digest: ContentDigest?
  }

  /// Touches nothing before ``run()``.
  /// - Parameters:
  ///   - settings: which node's offsets, how often, how long to go on after SIGTERM.
  ///   - store: where the payload is kept.
  ///   - volume: the offsets directory.
  ///   - host: time, signals and chance.
  ///   - log: told what happens.
  ///   - telemetry: on the clock of `host`; looked after between two looks at the directory.
  public init(
    settings: Settings, store: any OffsetStore, volume: Volume, host: any HostEnvironment,
    log: Log, telemetry: Telemetry
  ) {
    self.settings = settings
    self.store = store
    self.volume = volume
    self.host = host
    self.log = log
    self.telemetry = telemetry
    backoff = Backoff(cap: max(settings.interval, .seconds(30)))
    delivered =
      settings.delivery == .atLeastOnce
      ? ConfirmedCheckpoints(volume: volume, host: host) : nil
    scanner = VolumeScanner(volume: volume) { attempt in
      // The collector commits 5 times a second, or 100 times in 8 ms and then is quiet.
      guard attempt < 10 else { return false }
      telemetry.metrics.countSnapshotRetry()
      host.sleep(.milliseconds(3 * attempt))
      return true
    }
  }

  /// Returns after SIGTERM or SIGINT, when the last state is stored or the deadline has passed.
  /// - Returns: whether the last state was stored.
  public func run() -> Bool {
    log.info(
      "synchronizing the offsets of node \(settings.node)",
      ["store": .string(store.name), "interval": .seconds(settings.interval)])
    let began = host.now
    nextLearning = began + Self.predecessorLimit
    // Pods of many nodes start at once, at an install for instance, and would look and store in step
    // from then on; so each begins somewhere within its first interval.
    var next = began + settings.interval * Double.random(in: 0..<1, using: &host.random)
    while host.wait(until: min(next, telemetry.nextDeadline ?? next)) == .time {
      telemetry.poll(now: host.now)
      guard host.now >= next else { continue }
      // A tenth more or less, so that a fleet that started at once does not write at once. A delay
      // after trouble is drawn by chance already, and one that was asked for is not cut short.
      let delay =
        switch cycle() {
        case .done:
          min(settings.interval, delivered?.nextLook ?? settings.interval)
            * Double.random(in: 0.9...1.1, using: &host.random)
        case .again(let delay): delay
        }
      next = host.now + delay
    }
    return shutDown()
  }

  private enum Outcome {
    case done
    /// Something failed; try again after that time.
    case again(Duration)
  }

  /// One look at the directory, and one write if its content changed.
  private func cycle() -> Outcome {
    do throws(CycleError) {
      try synchronize()
      backoff.reset()
      conditions.clear(.store, log)
      return .done
    } catch {
      // A request that was given up because we must stop is no trouble: it is made again at once.
      if host.isStopRequested { return .again(.zero) }
      switch error {
      case .volume(let error):
        telemetry.metrics.countError(type: "volume")
        conditions.raise(.volume, "\(error)", "cannot look at the offsets directory", error, log)
        return .again(.milliseconds(500))
      case .store(let error):
        telemetry.metrics.countError(type: error.code.rawValue)
        conditions.raise(.store, error.code.rawValue, "cannot store the offsets", error, log)
        return .again(backoff.next(notBefore: error.retryAfter, using: &host.random))
      }
    }
  }

  private enum CycleError: Error {
    case volume(VolumeError)
    case store(StoreError)
  }

  private func synchronize() throws(CycleError) {
    var unlearned: CycleError?
    do throws(CycleError) { try learn() } catch {
      // What was known before is good enough to store what changed.
      guard stored != nil else { throw error }
      unlearned = error
    }
    let look = try look()
    let (snapshot, digest) = storable(look)
    // An empty directory is no state: nothing was read yet, or nothing could be restored.
    guard !snapshot.isEmpty, digest != stored?.digest || store.mustBeSaved,
      delivered == nil || host.now >= nextStore
    else {
      // While stopping, the next look asks again; what was stored by us is no reason to stay.
      if let unlearned, host.deadline == nil { throw unlearned }
      return
    }
    let begin = host.now
    let payload = Payload.pack(snapshot, directory: volume.path)
    do { try store.save(payload) } catch {
      if error.isOutcomeUnknown { noteDoubt() }
      throw .store(error)
    }
    nextStore = host.deadline == nil ? begin + settings.interval * 0.9 : begin
    telemetry.metrics.recordUpdate(
      compressedSize: payload.count, duration: host.now - begin)
    stored = Stored(payload: payload, digest: digest)
    putOffLearning()
    log.debug(
      "stored", ["files": .integer(snapshot.files.count), "bytes": .integer(payload.count)])
  }

  /// What of a look may be stored.
  private func storable(_ look: VolumeScanner.Scan) -> (Snapshot, ContentDigest) {
    guard let delivered else { return (look.snapshot, look.digest) }
    let snapshot = delivered.storable(look.snapshot) { storedSnapshot() }
    return delivered.withheld.isEmpty
      ? (snapshot, look.digest) : (snapshot, ContentDigest(snapshot, canonical: true))
  }

  private func look() throws(CycleError) -> VolumeScanner.Scan {
    let look: VolumeScanner.Scan
    let began = host.now
    do {
      look = try scanner.scan { self.storedSnapshot() }
    } catch { throw .volume(error) }
    lastLook = host.now
    delivered?.note(look, began: began)
    conditions.clear(.volume, log)
    isScanComplete = look.isComplete
    conditions.noteUnreadable(look.unreadable, log)
    conditions.noteLeftOut(look.leftOut, log)
    note(volumeBytes: look.volumeBytes)
    return look
  }

  private func note(volumeBytes: Int) {
    telemetry.metrics.setVolumeUsed(volumeBytes)
    let fields: Log.Fields = [
      "used_bytes": .integer(volumeBytes), "limit_bytes": .integer(volumeAlarm.limit),
    ]
    switch volumeAlarm.note(used: volumeBytes) {
    case .filling:
      log.warn(
        "the offsets volume is filling: at its limit the kubelet evicts the pod; fewer or shorter "
          + "logs per node help", fields)
    case .relieved: log.info("the offsets volume has room again", fields)
    case nil: break
    }
  }

  /// How long a pod that was deleted by force may still write after its successor has started: the
  /// API server accepts its token for about 10 s more (measured), because the token is bound to the
  /// pod. This is all the fencing there is to do, see docs/design-notes.md.
  private static let predecessorLimit: Duration = .seconds(15)

  /// How long somebody else's change to what is stored may go unnoticed while no log line comes.
  /// Upstream's operator wipes the shared map with every change of its labels.
  private static let learningInterval: Duration = .seconds(600)

  /// How long the API server may carry out a request of which nobody awaits the answer any more: it
  /// gives up by itself after 34 s (measured).
  private static let doubtLimit: Duration = .seconds(45)

  /// The next look at what is stored comes when a request that failed can no longer be carried out.
  private func noteDoubt() {
    isInDoubt = true
    nextLearning = min(nextLearning, host.now + Self.doubtLimit)
  }

  /// Learns what is stored, so that a restarted sidecar does not write what is there already; once
  /// more when no predecessor can write any longer, so that its last word does not stand; and from
  /// then on now and then, and before the last store, so that what was wiped is stored again.
  private func learn() throws(CycleError) {
    guard stored == nil || host.now >= nextLearning else { return }
    do {
      stored = Stored(payload: try store.load())
      if let used = store.used { telemetry.metrics.setMapUsed(used) }
    } catch {
      guard error.code == .damaged else { throw .store(error) }
      log.warn("the stored offsets are damaged and will be replaced", ["error": .error(error)])
      stored = Stored(payload: nil)
    }
    putOffLearning()
    if let snapshot = storedSnapshot(), !snapshot.isEmpty {
      stored?.digest = ContentDigest(snapshot, canonical: true)
    }
  }

  /// What is stored is known, unless a predecessor may still write.
  private func putOffLearning() {
    guard host.now >= nextLearning else { return }
    nextLearning =
      host.now
      + Self.learningInterval * Double.random(in: 0.9...1.1, using: &host.random)
  }

  /// What is stored, unpacked; nil when nothing is, or when it is damaged: then it is replaced.
  private func storedSnapshot() -> Snapshot? {
    guard let payload = stored?.payload else { return nil }
    do throws(PayloadError) {
      return try Payload.unpack(payload)
    } catch {
      log.warn(
        "the stored offsets are damaged and will be replaced",
        ["error": .error(error), "sha256": .string(payload.sha256)])
      return nil
    }
  }

  private func shutDown() -> Bool {
    log.info("stopping: waiting for the collector to close its databases")
    let began = host.stopNoticed ?? host.now
    var shutdown = Shutdown(
      now: began, deadline: settings.shutdownDeadline, syncInterval: settings.interval)
    let deadline = shutdown.deadline + Self.lastStoreMargin
    host.deadline = deadline
    nextStore = host.now
    nextLearning = host.now
    // Earlier outages must not eat the little time that is left.
    backoff = Backoff(cap: .seconds(1))
    while true {
      let isGone = (try? scanner.isCollectorGone()) ?? false
      switch shutdown.step(now: host.now, collectorIsGone: isGone) {
      case .wait(let duration):
        watchClosely()
        host.sleep(duration)
      case .sync: _ = cycle()
      case .finish(let collectorIsGone):
        return finish(collectorIsGone: collectorIsGone, deadline: deadline)
      }
    }
  }

  private func sayWhatWasWithheld() {
    for receiver in delivered?.withheld ?? [] {
      log.info(
        "a receiver's last offsets are not stored: it may have dropped the records before them while "
          + "stopping; they will be read again",
        [
          "file": .string(receiver.name),
          "stored_transaction": .string(receiver.stored.map { "\($0)" } ?? "as before"),
          "newest_transaction": .string("\(receiver.newest)"),
        ])
    }
  }

  /// Follows the receivers while they stop: of what they store now some is true, and some is not.
  private func watchClosely() {
    guard let delivered else { return }
    delivered.noteHeld()
    if host.now - lastLook >= Self.closeLookInterval { _ = try? look() }
  }

  private static let closeLookInterval: Duration = .milliseconds(200)

  /// How much longer than the deadline the last look and store may take when they fail at first.
  private static let lastStoreMargin: Duration = .seconds(2)
  /// How long a store that was given up gets to come in, before the last one is looked after.
  private static let doubtPause: Duration = .milliseconds(500)
  /// What the last attempt of all gets.
  private static let lastAttempt: Duration = .seconds(1)

  private func finish(collectorIsGone: Bool, deadline: Duration) -> Bool {
    defer { telemetry.flush(until: host.now + .seconds(1)) { host.now } }
    if !collectorIsGone {
      log.warn(
        "the collector still holds its databases at the shutdown deadline; what it reads from now "
          + "on will be read again",
        ["deadline": .seconds(settings.shutdownDeadline)])
    }
    // Nobody looks again later, so what cannot be read now gets a few more attempts.
    var rereads = 5
    while true {
      let delay: Duration
      switch cycle() {
      case .done where isInDoubt && deadline - host.now > Self.lastAttempt * 2:
        isInDoubt = false
        host.sleep(Self.doubtPause)
        nextLearning = host.now
        continue
      case .done where isScanComplete || rereads == 0:
        sayWhatWasWithheld()
        log.info("stopped", ["collector_closed": .bool(collectorIsGone)])
        return true
      case .done:
        rereads -= 1
        delay = .milliseconds(100)
      case .again(let time): delay = time
      }
      let rest = deadline - host.now
      guard rest > Self.lastAttempt else {
        log.error("stopped without storing the last offsets: records will be read again")
        return false
      }
      // Whatever the store asks for, there is one attempt before the end.
      host.sleep(min(delay, rest - Self.lastAttempt))
    }
  }
}
