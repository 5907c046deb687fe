import BoltFile
import FilelogCheckpoint
import FilelogJSON
import OffsetSync

/// What one node puts into etcd while its log files grow, come and go: the sidecar's own stores, with the
/// metadata of the objects that they write.
struct GrowthBench {
  /// A node, and what is demanded of it.
  struct Case {
    let title: String
    let files: Int
    let growing: Int
    /// Log files that come, and as many that go, in a minute.
    var comingAMinute = 0
    let stores: Int
    /// Of the mean of all stores after the first.
    let mostBytes: Double
  }

  struct Row {
    let measured: Case
    /// Nil where the server does not tell.
    let storedBytes: Double?
    let requestBytes: Double
    /// Stores that wrote a whole payload.
    let bases: Int

    var bytesPerSecond: Double? { storedBytes.map { $0 / GrowthBench.interval } }
  }

  let server: Server

  /// Seconds between two stores.
  static let interval = 5.0

  static let cases = [
    Case(
      title: "200 log files, all growing", files: 200, growing: 200, stores: 120, mostBytes: 1500),
    Case(
      title: "10 of 200 log files growing", files: 200, growing: 10, stores: 120, mostBytes: 800),
    Case(
      title: "100 log files, 10 come and go a minute", files: 100, growing: 10, comingAMinute: 10,
      stores: 240, mostBytes: 3000),
  ]

  func run(_ measured: Case) throws -> Row {
    try server.clear()
    let maps = OffsetMaps(
      namespace: Server.namespace, sharedMap: "growth-filelogoffsets-cm", node: "node-00001",
      labels: Server.labels)
    let store = PerNodeMapStore(
      client: server.client(), maps: maps, log: Log(threshold: .error))
    var node = GrowingNode(files: measured.files)
    func save() throws -> Saved {
      try store.save(PayloadOffer(node.snapshot, directory: Payload.contractDirectory))
    }
    _ = try save()
    let (before, storedBefore) = (server.traffic.counts, server.storedBytes)
    var bases = 0
    var coming = 0.0
    for _ in 0..<measured.stores {
      coming += Double(measured.comingAMinute) * Self.interval / 60
      while coming >= 0.999 {
        node.replaceOldest()
        coming -= 1
      }
      node.grow(measured.growing, seconds: Self.interval)
      let saved = try save()
      if saved.written == saved.payload.whole.count { bases += 1 }
    }
    let count = Double(measured.stores)
    let requests = server.traffic.counts - before
    var stored: Double?
    if let now = server.storedBytes, let storedBefore {
      stored = Double(now - storedBefore) / count
    }
    return Row(
      measured: measured, storedBytes: stored, requestBytes: Double(requests.requestBytes) / count,
      bases: bases)
  }
}

/// A receiver's database as log files of containers move.
private struct GrowingNode {
  private var files: [KnownFile] = []
  private var transaction: UInt64 = 100
  private var random = SplitMix(state: 1)
  private var born = 0
  private var seconds = 1_795_860_000.0

  init(files count: Int) { for _ in 0..<count { add() } }

  mutating func replaceOldest() {
    files.removeFirst()
    add()
  }

  private mutating func add() {
    born += 1
    let pod = hexadecimal(32)
    let lines = (0..<12).map { index in
      let verb = ["GET /cart", "POST /order", "GET /item"][index % 3]
      return
        "2026-11-28T08:00:00.\(100_000_000 + number(900_000_000))Z stdout F \(verb) level=info "
        + "pod=\(born) request \(hexadecimal(16)) served in \(number(900)) ms\n"
    }
    files.append(
      KnownFile(
        fingerprint: Array(lines.joined().utf8.prefix(1000)), offset: 1400, recordNumber: 12,
        attributes: [
          "log.file.name": "0.log",
          "log.file.path": .string("/var/log/pods/shop_app-\(born)_\(pod)/main/0.log"),
        ]))
  }

  /// The newest of the files get a line a second.
  mutating func grow(_ count: Int, seconds: Double) {
    for index in files.indices.suffix(count) {
      let lines = Int64(seconds) - 1 + Int64(number(3))
      files[index].offset += lines * 120 + Int64(number(20))
      files[index].recordNumber += lines
    }
    transaction += UInt64(seconds * 5)
    self.seconds += seconds
  }

  private mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  private mutating func hexadecimal(_ count: Int) -> String {
    (0..<count).map { _ in String(number(16), radix: 16) }.joined()
  }

  var snapshot: Snapshot {
    let bucket = BoltBucket(entries: [
      .init(
        key: Checkpoint.knownFilesKey[...],
        content: .value(Checkpoint(files: files).encoded()[...]))
    ])
    var content = BoltContent(
      transaction: transaction, pageSize: 4096,
      root: BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
    content.writtenAt = .milliseconds(Int64(seconds * 1000))
    return Snapshot(files: ["receiver_filelog_": .database(content)])
  }
}
