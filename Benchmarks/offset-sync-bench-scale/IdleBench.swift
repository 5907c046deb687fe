import BoltFile
import FilelogCheckpoint
import FilelogContract
import FilelogSystemCalls
import Glibc
import OffsetSync
import StandInCollector
import Synchronization
import TestSupport

/// Nodes whose collectors commit five times a second though no log line comes, with the sidecar's
/// own loop beside each.
struct IdleBench {
  struct Result {
    let nodes: Int
    let commits: Int
    let looks: Int
    /// After each node's first state.
    let writes: Int
  }

  let server: Server

  private static let lookInterval = Duration.milliseconds(250)
  private static let commitInterval = Duration.milliseconds(200)

  func run(_ layout: Contract.OffsetLayout, nodes: Int, for time: Duration) throws -> Result {
    try server.clear()
    let map = "idle-filelogoffsets-cm"
    if layout == .shared { try server.makeMap(map) }
    let collectors = try (0..<nodes).map { try IdleCollector(node: $0) }
    let clock = StopClock()
    let first = server.traffic.counts.writes
    var settled = 0
    var ended = 0
    var commits = 0
    var looks: [Int] = Array(repeating: 0, count: nodes)
    nonisolated(unsafe) let counted = UnsafeMutableBufferPointer<Int>.allocate(capacity: nodes)
    counted.initialize(repeating: 0)
    defer { counted.deallocate() }
    try Threads.run(nodes + 1) { [server] index in
      if index == nodes {
        defer { clock.stop() }
        func commit(until end: Duration) throws {
          while Clock.now < end {
            for collector in collectors { try collector.commitTheSame() }
            commits += 1
            usleep(UInt32(Self.commitInterval / .microseconds(1)))
          }
        }
        // Two intervals and the way there: every node has stored its first state.
        try commit(until: Clock.now + .seconds(2))
        settled = server.traffic.counts.writes
        try commit(until: Clock.now + time)
        // Sidecars that stop close what they stored.
        ended = server.traffic.counts.writes
        for collector in collectors { collector.close() }
        return
      }
      let host = BenchHost(clock, seed: UInt64(index))
      var settings = Settings(
        namespace: Server.namespace, configMap: map, node: "idle-\(index)",
        directory: collectors[index].directory)
      settings.layout = layout
      settings.interval = Self.lookInterval
      settings.shutdownDeadline = .seconds(3)
      let log = Log(threshold: .error)
      let loop = SyncMode(
        settings: settings,
        store: makeOffsetStore(
          client: server.client(), maps: settings.maps, directory: settings.directory, log: log),
        volume: try Volume(path: settings.directory), host: host, log: log,
        telemetry: Telemetry(
          environment: [:], container: "bench", log: log, now: host.now))
      _ = loop.run()
      counted[index] = host.waits
    }
    looks = Array(counted)
    guard settled - first >= nodes else {
      throw Threads.Failure(description: "idle nodes did not store their first state")
    }
    return Result(
      nodes: nodes, commits: commits * nodes, looks: looks.reduce(0, +),
      writes: ended - settled)
  }
}

/// A collector that polls five times a second and finds nothing: it commits what it knows, in
/// another order, in a new transaction.
private final class IdleCollector {
  private let temporary = TemporaryDirectory()
  private var writer: InPlaceBoltWriter?
  private var files: [KnownFile]

  var directory: String { temporary.path }

  init(node: Int) throws {
    writer = try InPlaceBoltWriter(path: temporary.path + "/receiver_filelog_")
    files = (0..<20).map { index in
      KnownFile(
        fingerprint: Array("log file \(index) of node \(node)".utf8), offset: Int64(1000 + index))
    }
    try commitTheSame()
  }

  func commitTheSame() throws {
    files.append(files.removeFirst())
    let value = Checkpoint(files: files).encoded()
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    ])
    try writer?.commit(
      BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
  }

  /// Lets go of the database, as a collector that stops.
  func close() { writer = nil }
}

/// A clock that can be told that the time is over.
private final class StopClock: Sendable {
  private let isStopped = Mutex(false)

  func stop() { isStopped.withLock { $0 = true } }
  var hasStopped: Bool { isStopped.withLock { $0 } }
}

/// The real clock, and a stop that comes from this program.
private final class BenchHost: HostEnvironment {
  private let clock: StopClock
  private var isTaken = false
  /// How often the loop waited for its next look.
  private(set) var waits = 0
  var deadline: Duration?
  var random: any RandomNumberGenerator

  init(_ clock: StopClock, seed: UInt64) {
    self.clock = clock
    random = SeededRandom(seed: seed)
  }

  var now: Duration { Clock.now }
  var wallClock: Duration? { nil }
  var bootID: String? { nil }
  var isStopRequested: Bool { !isTaken && clock.hasStopped }

  func wait(until end: Duration) -> Wake {
    waits += 1
    while now < end {
      if isStopRequested { break }
      sleep(min(.milliseconds(20), end - now))
    }
    guard isStopRequested else { return .time }
    isTaken = true
    return .stop
  }

  func sleep(_ duration: Duration) {
    usleep(UInt32(max(0, duration / .microseconds(1))))
  }
}
