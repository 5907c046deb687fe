import BoltFile
import OffsetSync
import TestSupport

/// Measures the parts of a sync and of an init within this process.
struct WorkBench {
  let scenario: Scenario
  let rounds: Int

  func run() throws -> [Measurement] {
    let directory = TemporaryDirectory()
    try scenario.write(to: directory.path)
    let volume = try Volume(path: directory.path)
    let snapshot = try scenario.snapshot()
    let payload = Payload.pack(snapshot, directory: directory.path)

    let looking = try Clocks.medianCPU(rounds: rounds) { _ = try read(volume) }
    let packing = Clocks.medianCPU(rounds: rounds) {
      _ = Payload.pack(snapshot, directory: directory.path)
    }
    let unpacking = try Clocks.medianCPU(rounds: rounds) {
      _ = try Payload.unpack(payload)
    }
    let restoring = try Clocks.medianCPU(rounds: rounds) {
      let empty = TemporaryDirectory()
      _ = try SnapshotRestorer(volume: Volume(path: empty.path)).apply(snapshot)
    }
    let values: [(Quantity, Double)] = [
      (.snapshot, looking), (.pack, packing), (.snapshotAndPack, looking + packing),
      (.unpack, unpacking), (.restore, restoring), (.unchangedCycle, unchangedCycle(volume)),
      (.payload, Double(payload.count) / 1e3),
    ]
    return values.map { Measurement(subject: scenario.node, quantity: $0, value: $1) }
  }

  private func read(_ volume: Volume) throws -> Snapshot {
    var snapshot = Snapshot()
    for name in try volume.names() {
      snapshot.files[name] = .database(
        try BoltDatabase.readLive(volume.file(name)) { _ in false })
    }
    return snapshot
  }

  /// Runs the real loop with a store in memory, and takes the CPU time between two waits.
  private func unchangedCycle(_ volume: Volume) -> Double {
    let stopwatch = Stopwatch(cycles: rounds + 2)
    let log = Log(threshold: .error)
    let settings = Settings(
      namespace: "n", configMap: "m", node: "bench", directory: volume.path)
    let loop = SyncMode(
      settings: settings, store: MemoryStore(), volume: volume, host: stopwatch, log: log,
      telemetry: Telemetry(environment: [:], container: "bench", log: log, now: .zero))
    _ = loop.run()
    // The first cycle stores; the second warms up.
    return Clocks.median(Array(stopwatch.times.dropFirst(2)))
  }
}

/// A host on which no time passes, and which note how much CPU time each cycle took.
private final class Stopwatch: HostEnvironment {
  private(set) var now: Duration = .zero
  var deadline: Duration?
  let isStopRequested = false
  let wallClock: Duration? = nil
  let bootID: String? = nil
  var random: any RandomNumberGenerator = SystemRandomNumberGenerator()
  private(set) var times: [Double] = []
  private let cycles: Int
  private var start: Double?

  init(cycles: Int) { self.cycles = cycles }

  func wait(until deadline: Duration) -> Wake {
    if let start { times.append(Clocks.cpu - start) }
    guard times.count < cycles else { return .stop }
    now = max(now, deadline)
    start = Clocks.cpu
    return .time
  }

  func sleep(_ duration: Duration) { now += duration }
}

private final class MemoryStore: OffsetStore {
  let name = "memory"
  private var payload: [UInt8]?
  var used: Int? { payload?.count }

  func load() -> StoredPayload? { payload.map { StoredPayload($0) } }
  func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let payload = try offer.whole()
    self.payload = payload
    return Saved(whole: payload)
  }
}
