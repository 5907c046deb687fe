internal import BoltFile

/// `--mode=sync`: keeps the stored offsets of this node up to date until it is told to stop.
///
/// One thread, blocking calls: carries out what `SyncLoop` decides, and reports it.
public final class SyncMode {
  private let settings: Settings
  private let store: any OffsetStore
  private let volume: Volume
  private let host: any HostEnvironment
  private let telemetry: Telemetry
  private let scanner: VolumeScanner
  /// Nil where rotated logs are not followed.
  private let rotatedLogs: RotatedLogFollower?
  private var report: SyncReport
  private var loop: SyncLoop
  private var lastScanned: [String: ClosedDatabase] = [:]
  /// What the last scan found takes so much memory.
  private var lastScanSize = 0
  private var nextLookWhileWaiting = Duration.zero

  /// Touches nothing before ``run()``.
  /// - Parameters:
  ///   - settings: which node's offsets, how often, how long to go on after SIGTERM.
  ///   - store: where the payload is kept.
  ///   - volume: the offsets directory.
  ///   - host: time, signals and chance.
  ///   - log: told what happens.
  ///   - telemetry: on the clock of `host`; polled between two scans of the directory.
  public init(
    settings: Settings, store: any OffsetStore, volume: Volume, host: any HostEnvironment,
    log: Log, telemetry: Telemetry
  ) {
    self.settings = settings
    self.store = store
    self.volume = volume
    self.host = host
    self.telemetry = telemetry
    report = SyncReport(settings: settings, log: log, metrics: telemetry.metrics)
    loop = SyncLoop(settings: settings, random: host.random)
    let looks = settings.rotatedLogs.map { _ in ReceiverLooks() }
    rotatedLogs = settings.rotatedLogs.map {
      RotatedLogFollower($0, volume: volume, host: host, looks: looks, log: log)
    }
    scanner = VolumeScanner(
      volume: volume, host: host, looks: looks,
      emitterDelay: settings.delivery == .bestEffort ? Self.emitterDelay : .zero
    ) { attempt in
      // The collector commits 5 times a second, or 100 times in 8 ms and then is quiet.
      guard attempt < 10 else { return false }
      telemetry.metrics.countSnapshotRetry()
      host.sleep(.milliseconds(3 * attempt))
      return true
    }
    if let rotatedLogs { scanner.latestLook = rotatedLogs.latestLook }
  }

  /// A receiver's emitter and its container parser hold records for up to 100 ms each, unless the gate
  /// of `atLeastOnce` is set.
  private static let emitterDelay = Duration.milliseconds(300)

  /// Returns after SIGTERM or SIGINT, when the last state is stored or the deadline has passed.
  /// - Returns: whether the last state was stored.
  public func run() -> Bool {
    report.begin(store: store.name)
    // Before anything that may take long: a receiver forgets a rotated file after three polls.
    followRotatedLogs()
    var action = loop.start(at: host.now)
    while true {
      if case .end(let isStored) = action {
        recordClosedDatabases()
        if isStored { store.finish() }
        telemetry.flush(until: host.now + .seconds(1)) { self.host.now }
        return isStored
      }
      let event = carryOut(action)
      let began = (time: host.now, processorTime: host.processorTime)
      action = loop.handle(event, at: began.time, isStopRequested: host.isStopRequested)
      if case .scanned = event { loop.pace.add(cost: host.cost(since: began)) }
      if let deadline = loop.deadline, host.deadline == nil { host.deadline = deadline }
      for note in loop.takeNotes() { report.report(note) }
    }
  }

  private func carryOut(_ action: SyncLoop.Action) -> SyncLoop.Event {
    switch action {
    case .wait(let time): return wait(until: time)
    case .pause(let time):
      host.sleep(time)
      return .timePassed
    case .load:
      let result = Result { () throws(StoreError) in try store.load() }
      if case .success = result, let used = store.used { telemetry.metrics.setMapUsed(used) }
      return .loaded(result, mustBeSaved: store.mustBeSaved)
    case .scan:
      let result = Result { () throws(VolumeError) in try scanner.scan() }
      if case .success(let scan) = result {
        let databases = scan.databases
        rotatedLogs?.areReceiversReading =
          databases.mapValues(\.digest) != lastScanned.mapValues(\.digest)
        lastScanned = databases
        lastScanSize = scan.snapshot.size
      }
      return .scanned(result)
    case .peek(let names): return .peeked(scanner.peek(at: names))
    case .save(let offer):
      let result = Result { () throws(StoreError) in try store.save(offer) }
      return .saved(result, mustBeSaved: store.mustBeSaved)
    case .askLocks:
      // Receivers that stop are followed to the end.
      if rotatedLogs != nil { _ = scanner.peekAtReceivers() }
      return .locksAsked(areFree: (try? scanner.isCollectorGone()) ?? false)
    case .end: preconditionFailure("nothing comes after the end")
    }
  }

  /// To be called again and again while a request waits for its answer: receivers go on meanwhile, and
  /// what is not seen of them cannot be confirmed.
  public func followWhileWaiting() {
    if host.deadline == nil { followRotatedLogs() }
    if case .finishing = loop.phase { return }
    guard host.now >= nextLookWhileWaiting, let names = loop.confirmed?.names else { return }
    nextLookWhileWaiting = host.now + Self.lookIntervalWhileWaiting
    // Beside what is stored, a large scan would be too much for the container's memory.
    guard loop.followed(scanner.peek(at: names), at: host.now),
      lastScanSize <= Self.largestScanWhileWaiting, let scan = try? scanner.scan()
    else { return }
    loop.followed(scan, at: host.now)
  }

  private static let lookIntervalWhileWaiting = Duration.milliseconds(200)
  private static let largestScanWhileWaiting = 512 << 10

  private func followRotatedLogs() {
    guard let rotatedLogs else { return }
    rotatedLogs.poll()
    loop.mayReadPackedFiles = rotatedLogs.mayReadPackedFiles
  }

  private func wait(until time: Duration) -> SyncLoop.Event {
    // Once this pod stops, the next one's init follows rotated logs.
    let nextPoll = host.deadline == nil ? { self.rotatedLogs?.nextPoll } : { nil }
    while host.wait(until: min(time, telemetry.nextDeadline ?? time, nextPoll() ?? time)) == .time {
      telemetry.poll(now: host.now)
      if host.deadline == nil { followRotatedLogs() }
      if host.now >= time { return .timePassed }
    }
    return .stopRequested(noticed: host.stopNoticed ?? host.now)
  }

  /// Notes on the volume what the databases held when the collector had closed them, so that a later
  /// init on the same volume knows them to be whole.
  private func recordClosedDatabases() {
    guard case .finishing(collectorIsGone: true, _) = loop.phase else { return }
    VolumeHistory.close(lastScanned, on: volume, bootID: host.bootID)
  }
}

extension VolumeScan {
  fileprivate var databases: [String: ClosedDatabase] {
    var databases: [String: ClosedDatabase] = [:]
    for case (let name, .database(let content)) in snapshot.files {
      guard let digest = digests[name] else { continue }
      databases[name] = ClosedDatabase(
        transaction: content.transaction, digest: digest, time: content.writtenAt)
    }
    return databases
  }
}
