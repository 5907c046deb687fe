internal import FilelogKubernetesAPI

/// What `--mode=sync` decides: when to scan the offsets directory, when to store what, and how to
/// stop. Events in, one action at a time out; no files, no clock, no sockets. ``SyncMode`` carries the
/// actions out.
///
/// What is stored is compared by content, so nothing is sent while no log line comes.
struct SyncLoop {
  /// What happened since the last action.
  enum Event {
    /// The wait or the pause is over.
    case timePassed
    /// SIGTERM came; it was noticed then.
    case stopRequested(noticed: Duration)
    /// What the store holds, and whether that must be saved although it has not changed.
    case loaded(Result<StoredPayload?, StoreError>, mustBeSaved: Bool)
    case scanned(Result<VolumeScan, VolumeError>)
    case peeked([DatabasePeek])
    case saved(Result<Saved, StoreError>, mustBeSaved: Bool)
    /// Whether the collector holds no database.
    case locksAsked(areFree: Bool)
  }

  /// What to do next; the event that it leads to is the next one.
  enum Action {
    /// Wait for this moment, or for the wish to stop.
    case wait(until: Duration)
    /// Let this time pass, whatever comes.
    case pause(Duration)
    case load
    case scan
    /// Read the meta pages of these databases.
    case peek([String])
    case save(PayloadOffer)
    case askLocks
    /// Return whether the last state is stored.
    case end(isStored: Bool)
  }

  /// What is to be logged and counted.
  enum Note {
    case scanned(VolumeScan)
    /// - interval: until the next store, where there is something to store.
    case stored(files: Int, bytes: Int, took: Duration, interval: Duration)
    case raised(CycleError)
    case storeRecovered
    case volumeReadable
    case storedDamaged(any Error, payload: [UInt8]?)
    case differenceDamaged(any Error)
    case queueUnreadable(Bool)
    case emptied([String])
    case stopping
    case collectorStillRuns
    case withheld([ConfirmedCheckpoints.Withheld])
    case stopped(collectorClosed: Bool)
    case stoppedWithoutStoring
  }

  enum CycleError: Error {
    case volume(VolumeError)
    case store(StoreError)
  }

  enum Phase {
    case running
    case stopping(Shutdown)
    case finishing(collectorIsGone: Bool, rereads: Int)
  }

  /// What the store holds as far as is known.
  struct Stored {
    var payload: StoredPayload?
    var digests: [String: ContentDigest] = [:]
    /// What its databases say of their receivers' looks.
    var times: [String: Duration] = [:]
    var mustBeSaved = false

    /// Unpacked; nil when nothing is stored that is known and sound.
    var state: SnapshotState? {
      guard let payload, let snapshot = try? Payload.unpackSound(payload) else {
        return nil
      }
      return SnapshotState(snapshot, digests: digests)
    }
  }

  /// One scan, what comes before it, and what it leads to.
  struct Cycle {
    var hasReloaded = false
    var reloadError: StoreError?
    /// What may be stored of what the scan found.
    var state: SnapshotState?
    /// When its store began.
    var saveBegan: Duration?
  }

  let settings: Settings
  var random: any RandomNumberGenerator
  var phase = Phase.running
  var cycle: Cycle?
  /// Nil until it was loaded.
  var stored: Stored?
  /// Nil where offsets run ahead of delivery, and the newest are stored.
  var confirmed: ConfirmedCheckpoints?
  /// A receiver that is stopped while it reads a packed file takes it as read to its end: what it stores
  /// then is premature with `bestEffort`, too.
  var mayReadPackedFiles = false {
    didSet {
      guard settings.delivery == .bestEffort, mayReadPackedFiles != oldValue else { return }
      confirmed = mayReadPackedFiles ? ConfirmedCheckpoints() : nil
    }
  }
  var emptied = EmptiedCheckpoints()
  var backoff: Backoff
  /// After a failure, the store is left alone until then.
  var retryAt = Duration.zero
  /// Not before this moment is anything stored; scans may come more often.
  var nextStore = Duration.zero
  var nextScan = Duration.zero
  /// When to load anew what is stored.
  var nextReload = Duration.zero
  var pace = ScanPace()
  var storePace: StorePace
  /// Whether a store that failed may yet be carried out, over a later one.
  var hasUnresolvedWrite = false
  /// Whether the last scan left no database that another scan might be able to read.
  var scanIsComplete = true
  /// After this moment nothing is of use any more; nil while there is no such moment.
  private(set) var deadline: Duration?
  private var notes: [Note] = []

  /// - Parameters:
  ///   - settings: which node's offsets, how often, how long to go on after SIGTERM.
  ///   - random: where all chance comes from.
  init(settings: Settings, random: any RandomNumberGenerator) {
    self.settings = settings
    self.random = random
    backoff = Backoff(cap: max(settings.interval, .seconds(30)))
    storePace = StorePace(wished: settings.interval)
    confirmed = settings.delivery == .atLeastOnce ? ConfirmedCheckpoints() : nil
  }

  /// The first action.
  mutating func start(at now: Duration) -> Action {
    nextReload = now + Self.predecessorLimit
    // Pods of many nodes start at once, at an install for instance, and would scan and store in step
    // from then on; so each begins somewhere within its first interval.
    let first = settings.interval * Double.random(in: 0..<1, using: &random)
    retryAt = now + first
    // What is confirmed needs to be followed from the start: a pod may be stopped in its first seconds.
    nextScan = now + (confirmed == nil ? first : min(first, Self.firstScan))
    return .wait(until: nextScan)
  }

  /// The next action.
  /// - Parameter isStopRequested: whether SIGTERM came and was not an event yet: then whatever failed
  ///   may have been given up for that reason.
  mutating func handle(
    _ event: Event, at now: Duration, isStopRequested: Bool = false
  ) -> Action {
    switch event {
    case .timePassed: return timePassed(now)
    case .stopRequested(let noticed): return beginStop(noticed: noticed, now)
    case .loaded(let result, let mustBeSaved):
      return loaded(result, mustBeSaved, now, isStopRequested)
    case .scanned(let result): return scanned(result, now, isStopRequested)
    case .peeked(let peeks): return peeked(peeks, now)
    case .saved(let result, let mustBeSaved):
      return saved(result, mustBeSaved, now, isStopRequested)
    case .locksAsked(let areFree): return locksAsked(areFree, now)
    }
  }

  /// What is to be logged and counted since the last call, in order.
  mutating func takeNotes() -> [Note] {
    defer { notes = [] }
    return notes
  }

  mutating func note(_ note: Note) { notes.append(note) }

  private mutating func timePassed(_ now: Duration) -> Action {
    switch phase {
    case .stopping: .askLocks
    case .finishing: beginCycle(now)
    case .running:
      if now >= nextScan {
        beginCycle(now)
      } else if let confirmed, confirmed.hasCandidates, now >= pace.nextPeek {
        .peek(confirmed.names)
      } else {
        idle
      }
    }
  }

  /// Until something is due.
  var idle: Action {
    guard let confirmed, confirmed.hasCandidates else { return .wait(until: nextScan) }
    return .wait(until: min(nextScan, pace.nextPeek))
  }

  private mutating func peeked(_ peeks: [DatabasePeek], _ now: Duration) -> Action {
    let hasMoved = confirmed?.note(peeks) ?? false
    switch phase {
    case .running:
      pace.peeked(hasMoved: hasMoved, at: now)
      return hasMoved && pace.allowsScan(at: now) ? beginCycle(now) : idle
    case .stopping(let shutdown):
      if hasMoved, pace.allowsScan(at: now) { return .scan }
      return .pause(shutdown.untilNextStep(now))
    case .finishing: return beginCycle(now)
    }
  }

  private static let firstScan = Duration.milliseconds(500)

  // MARK: Stopping

  /// How much longer than the deadline the last scan and store may take when they fail at first.
  static let lastStoreMargin: Duration = .seconds(2)

  private mutating func beginStop(noticed: Duration, _ now: Duration) -> Action {
    note(.stopping)
    let shutdown = Shutdown(
      now: noticed, deadline: settings.shutdownDeadline, syncInterval: settings.interval)
    deadline = shutdown.deadline + Self.lastStoreMargin
    phase = .stopping(shutdown)
    nextStore = now
    nextReload = now
    // Earlier outages must not eat the little time that is left.
    backoff = Backoff(cap: .seconds(1))
    retryAt = .zero
    return .askLocks
  }

  private mutating func locksAsked(_ areFree: Bool, _ now: Duration) -> Action {
    guard case .stopping(var shutdown) = phase else { return idle }
    let step = shutdown.step(now: now, locksAreFree: areFree)
    phase = .stopping(shutdown)
    switch step {
    case .wait(let duration):
      // Receivers are followed while they stop: some of what they store now is premature.
      if let confirmed { return .peek(confirmed.names) }
      return .pause(duration)
    case .sync: return beginCycle(now)
    case .finish(let collectorIsGone):
      if !collectorIsGone { note(.collectorStillRuns) }
      phase = .finishing(collectorIsGone: collectorIsGone, rereads: 5)
      return beginCycle(now)
    }
  }
}
