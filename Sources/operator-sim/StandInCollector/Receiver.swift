internal import FilelogCheckpoint

/// One file log receiver: polls its files, hands over what is new, stores how far it came.
final class Receiver {
  private static let recordsPerRequest = 1000
  private static let recordsHandedOn = 100
  /// How long a stop waits for unfinished records where nothing queues.
  private static let flushTime = Duration.seconds(1)
  /// How long a stop that interrupts a poll takes from one commit to the next: as on a machine whose
  /// processors others use, so that nothing comes to rely on its being a moment.
  private static let stopPause = Duration.seconds(1)

  let settings: CollectorConfiguration.Receiver
  private let exporters: [Exporter]
  private var tracker: FileTracker
  private var storage: ReceiverStorage?
  private var recombiner = Recombiner()
  /// Unfinished records that got too old and are being sent.
  private var forced: [RecordGroup] = []
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
    send(recombiner.take(tracker.poll(now: now), at: .now), now: now)
    let old = recombiner.takeOld(at: .now)
    if !old.isEmpty {
      if !isQueueing { forced = old }
      send(old, now: now)
    }
    isDelivering = true
    if isQueueing { try endPoll() }
  }

  /// Whether a poll waits for its records to be delivered.
  private(set) var isDelivering = false

  private var isQueueing: Bool { exporters.contains(where: \.queues) }

  /// Ends a poll whose records are all delivered.
  func endDelivery() throws {
    guard exporters.allSatisfy(\.isIdle) else { return }
    forced = []
    if isDelivering { try endPoll() }
  }

  private func endPoll() throws {
    isDelivering = false
    try storage?.store(tracker.knownFiles)
    tracker.endPoll()
    nextPoll = max(nextPoll + settings.pollInterval, .now)
  }

  /// Commits the final checkpoint, sends what unfinished records wait for their end, and gives the
  /// database up, lock included: in this order (measured with a collector v0.156).
  ///
  /// A poll that waits for its delivery ends without it: its records are dropped, and their offsets
  /// stored all the same; then one poll more may come, as the next tick has passed. Where nothing
  /// queues, unfinished records are given one second. Old ones that were being sent when the stop
  /// came are sent for as long as it takes.
  /// - Parameter work: goes on with sending, waiting at most the given time.
  func stop(now: Int64, work: (Duration) -> Void) throws {
    if isDelivering {
      for exporter in exporters { exporter.dropAll() }
      try endPoll()
      work(Self.stopPause)
      try storage?.store(tracker.knownFiles)
      work(Self.stopPause)
    }
    tracker.close()
    try storage?.store(tracker.knownFiles)
    if !forced.isEmpty {
      send(forced, now: now)
      while !exporters.allSatisfy(\.isIdle) { work(.milliseconds(20)) }
    }
    send(recombiner.takeAll(), now: now)
    if !isQueueing {
      let deadline = ContinuousClock.now + Self.flushTime
      while !exporters.allSatisfy(\.isIdle), ContinuousClock.now < deadline {
        work(.milliseconds(20))
      }
      for exporter in exporters { exporter.dropAll() }
    }
    storage = nil
  }

  /// Queues get large requests; without one each file's records go by themselves, at most a hundred
  /// at once, as the receiver hands them on.
  private func send(_ groups: [RecordGroup], now: Int64) {
    guard isQueueing else {
      for group in groups {
        for part in group.parts(of: Self.recordsHandedOn) { enqueue([part], now: now) }
      }
      return
    }
    var batch: [RecordGroup] = []
    var room = Self.recordsPerRequest
    for group in groups {
      var rest = group.records[...]
      while !rest.isEmpty {
        let part = rest.prefix(room)
        batch.append(RecordGroup(attributes: group.attributes, records: Array(part)))
        room -= part.count
        rest = rest.dropFirst(part.count)
        guard room == 0 else { continue }
        enqueue(batch, now: now)
        batch = []
        room = Self.recordsPerRequest
      }
    }
    if !batch.isEmpty { enqueue(batch, now: now) }
  }

  private func enqueue(_ groups: [RecordGroup], now: Int64) {
    let body = OTLPLogs.request(groups, observed: now)
    let count = groups.reduce(0) { $0 + $1.records.count }
    for exporter in exporters { exporter.enqueue(body, records: count) }
  }
}

extension RecordGroup {
  fileprivate func parts(of size: Int) -> [RecordGroup] {
    stride(from: 0, to: records.count, by: size).map { start in
      RecordGroup(
        attributes: attributes, records: Array(records[start..<min(start + size, records.count)]))
    }
  }
}
