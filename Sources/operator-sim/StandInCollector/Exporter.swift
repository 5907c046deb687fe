internal import FilelogHTTPClient

/// Sends requests to one endpoint in their order, one at a time, without ever blocking its caller.
///
/// What the endpoint refuses for good (4xx but 429) is dropped and counted; everything else is
/// tried again, with pauses that double from 100 ms to 5 s.
final class Exporter {
  /// Records waiting or in flight.
  private(set) var pendingRecords = 0
  private(set) var droppedRecords = 0

  private struct Batch {
    let body: [UInt8]
    let records: Int
    /// Where it waits on disk.
    var stored: DiskQueue.Request?
  }

  /// Whether receivers go on while records are not delivered.
  let queues: Bool
  private let url: String
  private let headers: [(name: String, value: String)]
  private let client = HTTPClient()
  private var queue: [Batch] = []
  private var transfer: HTTPTransfer?
  private var pause = Duration.milliseconds(100)
  private var notBefore: ContinuousClock.Instant?
  private var isStopping = false
  private var disk: DiskQueue?
  private let log: (String) -> Void

  /// - Throws: when its queue's database is locked or damaged.
  init(_ settings: CollectorConfiguration.Exporter, log: @escaping (String) -> Void) throws {
    queues = settings.queues
    disk = try settings.queuePath.map(DiskQueue.init(path:))
    // How many records wait there is not counted again.
    queue = (disk?.requests ?? []).map { Batch(body: $0.body, records: 0, stored: $0) }
    url = settings.url
    headers =
      [(name: "Content-Type", value: "application/json")]
      + settings.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    self.log = log
  }

  var isIdle: Bool { queue.isEmpty }

  /// Whether an answer is awaited: then ``work(waitingUpTo:)`` is the way to wait.
  var isSending: Bool { transfer != nil }

  func enqueue(_ body: [UInt8], records: Int) {
    var batch = Batch(body: body, records: records)
    change { batch.stored = try $0.put(body) }
    queue.append(batch)
    pendingRecords += records
  }

  /// As a collector does, it goes on where its queue's database cannot be written.
  private func change(_ change: (DiskQueue) throws -> Void) {
    guard let disk else { return }
    do { try change(disk) } catch { log("the queue cannot be written: \(error)") }
  }

  /// Goes on with sending, waiting at most the given time for an answer.
  func work(waitingUpTo time: Duration) {
    if let notBefore, ContinuousClock.now < notBefore { return }
    notBefore = nil
    guard let batch = queue.first else { return }
    do {
      let current = try transfer ?? begin(batch)
      transfer = current
      guard let response = try current.poll(waitingUpTo: time) else { return }
      transfer = nil
      finish(batch, status: response.status)
    } catch {
      transfer = nil
      retry("\(error)")
    }
  }

  /// Gives up everything that is not delivered, but for what waits on disk.
  func dropAll() {
    transfer = nil
    if disk == nil { droppedRecords += pendingRecords }
    pendingRecords = 0
    queue = []
  }

  /// From now on what fails is dropped: a collector that stops tries everything once more.
  func triesOnce() {
    isStopping = true
    notBefore = nil
    disk?.end()
  }

  /// Gives its queue's database up, with what waits in it.
  func close() { disk = nil }

  private func begin(_ batch: Batch) throws(HTTPFailure) -> HTTPTransfer {
    try client.start(
      HTTPRequest(method: "POST", url: url, headers: headers, body: batch.body))
  }

  private func finish(_ batch: Batch, status: Int) {
    switch status {
    case 200..<300: break
    case 400..<500 where status != 429:
      droppedRecords += batch.records
      log("\(batch.records) records dropped: the endpoint answered \(status)")
    default:
      retry("the endpoint answered \(status)")
      return
    }
    queue.removeFirst()
    change { queue in
      try queue.empty()
      if let stored = batch.stored { try queue.remove(stored) }
    }
    pendingRecords -= batch.records
    pause = .milliseconds(100)
  }

  private func retry(_ reason: String) {
    if isStopping {
      let outcome = disk == nil ? "dropped" : "left in the queue"
      log("\(pendingRecords) records \(outcome), as sending failed while stopping: \(reason)")
      return dropAll()
    }
    change { try $0.crowd() }
    log("sending is tried again in \(pause): \(reason)")
    notBefore = .now + pause
    pause = min(pause * 2, .seconds(5))
  }
}
