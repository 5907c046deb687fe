internal import BoltFile

/// Words what the loop notes: log lines and metrics.
struct SyncReport {
  private let settings: Settings
  private let log: Log
  private let metrics: Metrics
  private var conditions = ConditionLog()
  private var volumeAlarm = UsageAlarm(limit: Volume.contractSize)

  init(settings: Settings, log: Log, metrics: Metrics) {
    self.settings = settings
    self.log = log
    self.metrics = metrics
  }

  func begin(store: String) {
    log.info(
      "synchronizing the offsets of node \(settings.node)",
      ["store": .string(store), "interval": .seconds(settings.interval)])
  }

  mutating func report(_ note: SyncLoop.Note) {
    switch note {
    case .scanned(let scan): report(scan)
    case .stored(let files, let bytes, let took, let interval):
      metrics.setUpdateInterval(interval)
      metrics.recordUpdate(compressedSize: bytes, duration: took)
      log.debug("stored", ["files": .integer(files), "bytes": .integer(bytes)])
    case .raised(.volume(let error)):
      metrics.countError(type: "volume")
      conditions.raise(.volume, "\(error)", "cannot read the offsets directory", error, log)
    case .raised(.store(let error)):
      metrics.countError(type: error.code.rawValue)
      conditions.raise(.store, error.code.rawValue, "cannot store the offsets", error, log)
    case .storeRecovered: conditions.clear(.store, log)
    case .volumeReadable: conditions.clear(.volume, log)
    case .storedDamaged(let error, let payload):
      var fields: Log.Fields = ["error": .error(error)]
      if let payload { fields = ["error": .error(error), "sha256": .string(payload.sha256)] }
      log.warn("the stored offsets are damaged and will be replaced", fields)
    case .differenceDamaged(let error):
      log.warn(
        "the difference to the stored offsets is damaged and will be replaced",
        ["error": .error(error)])
    case .queueUnreadable(let isUnreadable): conditions.noteQueue(isUnreadable, log)
    case .emptied(let names): conditions.noteEmptied(names, log)
    case .stopping: log.info("stopping: waiting for the collector to close its databases")
    case .collectorStillRuns:
      log.warn(
        "the collector still holds its databases at the shutdown deadline; what it reads from now "
          + "on will be read again",
        ["deadline": .seconds(settings.shutdownDeadline)])
    case .withheld(let receivers): receivers.forEach(report)
    case .stopped(let collectorClosed):
      log.info("stopped", ["collector_closed": .bool(collectorClosed)])
    case .stoppedWithoutStoring:
      log.error("stopped without storing the last offsets: records will be read again")
    }
  }

  private mutating func report(_ scan: VolumeScan) {
    conditions.noteUnreadable(scan.unreadable, log)
    conditions.noteLeftOut(scan.leftOut, log)
    metrics.setVolumeUsed(scan.usage.bytes)
    let fields: Log.Fields = [
      "used_bytes": .integer(scan.usage.bytes), "limit_bytes": .integer(volumeAlarm.limit),
    ]
    switch volumeAlarm.note(used: scan.usage.bytes) {
    case .filling:
      log.warn(
        "the offsets volume is filling: at its limit the kubelet evicts the pod; fewer or shorter "
          + "logs per node help", fields)
      if let passing = scan.usage.largestPassing, passing.bytes > volumeAlarm.limit / 10 {
        log.warn(
          "a file that is not stored takes much of the offsets volume: a .backup is a database that "
            + "the collector found damaged and set aside; remove it once it was looked at",
          ["file": .string(passing.name), "bytes": .integer(passing.bytes)])
      }
    case .relieved: log.info("the offsets volume has room again", fields)
    case nil: break
    }
  }

  private func report(_ receiver: ConfirmedCheckpoints.Withheld) {
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
