internal import FilelogCheckpoint

/// One file log receiver: polls its files, hands over what is new, stores how far it came.
final class Receiver {
  private static let recordsPerRequest = 1000

  let settings: CollectorConfiguration.Receiver
  private let exporters: [Exporter]
  private var tracker: FileTracker
  private var storage: ReceiverStorage?
  private(set) var nextPoll: ContinuousClock.Instant

  init(_ settings: CollectorConfiguration.Receiver, exporters: [Exporter]) throws {
    self.settings = settings
    self.exporters = exporters
    let storage = try ReceiverStorage(
      path: settings.databasePath, recreates: settings.recreatesDatabase)
    self.storage = storage
    tracker = FileTracker(settings, known: storage.known)
    nextPoll = .now + settings.pollInterval
  }

  var knownFiles: Int { tracker.knownFiles.count }

  /// Reads what is new and commits a checkpoint, also when nothing is.
  func poll(now: Int64) throws {
    let groups = tracker.poll(now: now)
    send(groups, now: now)
    try storage?.store(tracker.knownFiles)
    tracker.endPoll()
    nextPoll = max(nextPoll + settings.pollInterval, .now)
  }

  /// Commits the final checkpoint and gives the database up, lock included.
  func stop() throws {
    tracker.close()
    try storage?.store(tracker.knownFiles)
    storage = nil
  }

  private func send(_ groups: [RecordGroup], now: Int64) {
    var batch: [RecordGroup] = []
    var count = 0
    func flush() {
      guard count > 0 else { return }
      let body = OTLPLogs.request(batch, observed: now)
      for exporter in exporters { exporter.enqueue(body, records: count) }
      batch = []
      count = 0
    }
    for group in groups {
      var rest = group.records[...]
      while !rest.isEmpty {
        let part = rest.prefix(Self.recordsPerRequest - count)
        batch.append(RecordGroup(attributes: group.attributes, records: Array(part)))
        count += part.count
        rest = rest.dropFirst(part.count)
        if count == Self.recordsPerRequest { flush() }
      }
    }
    flush()
  }
}
