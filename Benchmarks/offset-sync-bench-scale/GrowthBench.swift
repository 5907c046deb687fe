import OffsetSync
import TestSupport

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
      let snapshot = Snapshot(files: ["receiver_filelog_": .database(node.content)])
      return try store.save(PayloadOffer(snapshot, directory: Payload.contractDirectory))
    }
    _ = try save()
    let (before, storedBefore) = (server.traffic.counts, server.storedBytes)
    var bases = 0
    var coming = 0.0
    for _ in 0..<measured.stores {
      coming += Double(measured.comingAMinute) * Self.interval / 60
      while coming >= 0.999 {
        node.remove(0)
        node.add()
        coming -= 1
      }
      // The newest files get a line a second.
      node.grow(node.files.indices.suffix(measured.growing), lines: 4...6)
      node.pass(milliseconds: Int(Self.interval * 1000))
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
