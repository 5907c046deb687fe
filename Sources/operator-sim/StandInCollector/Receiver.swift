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

  /// Reads what is new and commits a checkpoint, also when nothing is. Without queues the commit
  /// waits until everything is delivered: see ``endDelivery()``.
  func poll(now: Int64) throws {
    let groups = tracker.poll(now: now)
    send(groups, now: now)
    isDelivering = true
    if exporters.contains(where: \.queues) { try endPoll() }
  }

  /// Whether a poll waits for its records to be delivered.
  private(set) var isDelivering = false

  /// Ends a poll whose records are all delivered.
  func endDelivery() throws {
    if isDelivering, exporters.allSatisfy(\.isIdle) { try endPoll() }
  }

  private func endPoll() throws {
    isDelivering = false
    try storage?.store(tracker.knownFiles)
    tracker.endPoll()
    nextPoll = max(nextPoll + settings.pollInterval, .now)
  }

  /// Commits the final checkpoint and gives the database up, lock included.
  ///
  /// A poll that waits for its delivery ends without it: its records are dropped, and their offsets
  /// stored all the same; then one poll more may come, as the next tick has passed (measured with a
  /// collector v0.156).
  func stop() throws {
    if isDelivering {
      for exporter in exporters { exporter.dropAll() }
      try endPoll()
      try storage?.store(tracker.knownFiles)
    }
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
