internal import FilelogKubernetesAPI

/// `--mode=init`: brings the stored offsets of this node into the empty volume of a new pod.
public struct InitMode {
  /// Which node's offsets, from where, how long to try.
  public let settings: Settings
  let store: any OffsetStore
  let volume: Volume
  let host: any HostEnvironment
  let log: Log

  /// Touches nothing before ``run()``.
  public init(
    settings: Settings, store: any OffsetStore, volume: Volume, host: any HostEnvironment,
    log: Log
  ) {
    self.settings = settings
    self.store = store
    self.volume = volume
    self.host = host
    self.log = log
  }

  /// - Returns: whether the collector may start. Not while it is unknown what was stored: starting
  ///   without offsets skips or repeats records. A payload that is damaged is known, and lost; then
  ///   logs must flow.
  public func run() -> Bool {
    if let configuration = settings.collectorConfiguration,
      !CollectorConfigurationWriter(configuration, calls: volume.calls, log: log).write()
    {
      return false
    }
    // Not so where the node was rebooted, or the pod's sandbox made anew: the pod is the same then.
    let isNewPod = (try? volume.contains(FileName.history)) == false
    let loaded = load()
    let mayStart = take(loaded)
    if mayStart, isNewPod { store.settle() }
    let followed = settings.rotatedLogs == nil ? nil : host.wallClock
    if mayStart, let places = settings.rotatedLogs {
      // Something is stored, be it damaged: an earlier pod ran here.
      let hasHistory = if case .success(nil) = loaded { false } else { true }
      RotatedLogFollower(places, volume: volume, host: host, log: log).follow(
        hasHistory: hasHistory)
    }
    // From now on the collector writes here.
    if mayStart { VolumeHistory.begin(on: volume, bootID: host.bootID, followed: followed) }
    return mayStart
  }

  private func take(_ loaded: Result<StoredPayload?, StoreError>) -> Bool {
    switch loaded {
    case .failure(let error) where error.code == .damaged:
      log.error(
        "the stored offsets are damaged and are not restored; the collector starts without them",
        ["store": .string(store.name), "error": .error(error)])
      return true
    case .failure(let error):
      log.error(
        "cannot read the stored offsets, so the collector must not start yet",
        ["store": .string(store.name), "error": .error(error)])
      return false
    case .success(nil):
      log.info("no stored offsets for node \(settings.node)", ["store": .string(store.name)])
      return true
    case .success(let stored?): return restore(stored)
    }
  }

  /// A condition that lasts is logged once, and then so often.
  private static let reminderInterval: Duration = .seconds(60)

  private func load() -> Result<StoredPayload?, StoreError> {
    let began = host.now
    let deadline = began + settings.initDeadline
    var told: (code: StoreError.Code, time: Duration)?
    host.deadline = deadline
    var backoff = Backoff(cap: .seconds(5))
    while true {
      do throws(StoreError) { return .success(try store.load()) } catch {
        if error.code == .damaged { return .failure(error) }
        let delay = backoff.next(notBefore: error.retryAfter, using: &host.random)
        guard host.now + delay < deadline else { return .failure(error) }
        if told?.code != error.code || host.now - (told?.time ?? .zero) >= Self.reminderInterval {
          told = (error.code, host.now)
          log.warn(
            "cannot read the stored offsets yet; trying again",
            [
              "error": .error(error), "attempts": .integer(backoff.failures),
              "waited": .seconds(host.now - began), "deadline": .seconds(settings.initDeadline),
            ])
        }
        if host.wait(delay) == .stop { return .failure(error) }
      }
    }
  }

  private func restore(_ stored: StoredPayload) -> Bool {
    guard !stored.changes.isEmpty else { return restore(stored.whole) }
    do throws(PayloadError) {
      let snapshot = try Payload.unpack(stored)
      return apply(bytes: stored.count) { restorer throws(SnapshotRestorer.Failure) in
        try restorer.apply(snapshot)
      }
    } catch {
      guard error.code == .difference else { return restore(stored.whole) }
      log.error(
        "the difference to the stored offsets is damaged; restoring those that it belongs to, so "
          + "records will be read again",
        ["store": .string(store.name), "error": .error(error)])
      return restore(stored.whole)
    }
  }

  private func restore(_ payload: [UInt8]) -> Bool {
    let names: [String]
    do throws(PayloadError) {
      let (sound, damaged) = try Payload.verify(payload)
      names = sound
      for (name, error) in damaged.sorted(by: { $0.key < $1.key }) {
        log.error(
          "a stored database is damaged and is not restored; the others are",
          ["store": .string(store.name), "file": .string(name), "error": .error(error)])
      }
    } catch {
      log.error(
        "the stored offsets are damaged and are not restored; the collector starts without them",
        [
          "store": .string(store.name), "error": .error(error), "bytes": .integer(payload.count),
          "sha256": .string(payload.sha256),
        ])
      return true
    }
    return apply(bytes: payload.count) { restorer throws(SnapshotRestorer.Failure) in
      try restorer.apply(payload, names: names)
    }
  }

  private func apply(
    bytes: Int,
    _ work: (SnapshotRestorer) throws(SnapshotRestorer.Failure) -> [String: SnapshotRestorer
      .Outcome]
  ) -> Bool {
    do throws(SnapshotRestorer.Failure) {
      let restorer = SnapshotRestorer(
        volume: volume, preference: settings.delivery == .atLeastOnce ? .confirmed : .newest,
        history: VolumeHistory(of: volume), bootID: host.bootID, wallClock: host.wallClock)
      report(try work(restorer), bytes: bytes)
      return true
    } catch {
      log.error("cannot restore the stored offsets", ["error": .error(error)])
      return false
    }
  }

  private func report(_ outcomes: [String: SnapshotRestorer.Outcome], bytes: Int) {
    for (name, outcome) in outcomes.sorted(by: { $0.key < $1.key }) { report(name, outcome) }
    let kept = outcomes.values.count { !$0.isWritten }
    log.info(
      "restored the offsets of node \(settings.node)",
      [
        "files": .integer(outcomes.count), "written": .integer(outcomes.count - kept),
        "payload_bytes": .integer(bytes),
      ])
  }

  private func report(_ name: String, _ outcome: SnapshotRestorer.Outcome) {
    switch outcome {
    case .restored: log.debug("restored", ["file": .string(name)])
    case .keptPlain: log.info("kept the local file", ["file": .string(name)])
    case .keptLocal(let local, let stored):
      log.info(
        "kept the local database, which is as new or newer", transactions(name, local, stored))
    case .replaced(let reason, let local, let stored):
      report(reason, transactions(name, local, stored))
    case .replacedDamaged(let reason):
      log.warn(
        "replaced a damaged local database", ["file": .string(name), "reason": .string(reason)])
    }
  }

  private func report(_ reason: SnapshotRestorer.Reason, _ fields: Log.Fields) {
    switch reason {
    case .writtenBeforeReboot:
      log.warn(
        "replaced a local database that was last written before the machine started and not closed "
          + "in order: a power cut may have torn it", fields)
    case .unconfirmed:
      log.info(
        "replaced a later local database, the records of which may not have been delivered", fields)
    case .emptied:
      log.warn(
        "replaced a local database that lists no files: the collector could not start with it",
        fields)
    case .storedLater:
      log.info(
        "replaced a local database that was last written before the stored one: pods on another "
          + "volume went on meanwhile", fields)
    case .queueReplaced:
      log.warn(
        "replaced a local database whose records were in a queue that had to be replaced", fields)
    }
  }

  private func transactions(
    _ name: String, _ local: UInt64, _ stored: UInt64
  ) -> Log.Fields {
    [
      "file": .string(name), "local_transaction": .string("\(local)"),
      "stored_transaction": .string("\(stored)"),
    ]
  }
}
