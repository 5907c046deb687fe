import OffsetSync
import TestSupport

/// Measures the sidecar as a process of its own, against an API server over TLS.
struct ProcessBench {
  /// The path of `filelog-offset-sync`, built for release.
  let program: String
  let server: BenchServer
  private let logs = TemporaryDirectory()

  init(program: String) throws {
    self.program = program
    server = try BenchServer()
  }

  /// From the start of an init process to its end, in an empty directory each time.
  func startAndInit(_ scenario: Scenario, rounds: Int) throws -> Measurement {
    let map = "init-\(scenario.directory)"
    let payload = Payload.pack(try scenario.snapshot(), directory: Payload.contractDirectory)
    try server.makeMap(map).save(payload)
    var times: [Double] = []
    for _ in 0...rounds {
      let directory = TemporaryDirectory()
      let start = Clocks.wall
      try Sidecar(
        program, ["--mode=init"], environment: server.environment(map: map, directory: directory),
        output: logs.path + "/init.log"
      ).wait()
      times.append(Clocks.wall - start)
      let restored = Set(HostFiles.list(directory.path))
      guard restored.isSuperset(of: scenario.databases.map(\.name)) else {
        throw Sidecar.Failure(description: "init restored nothing")
      }
    }
    return Measurement(
      subject: scenario.node, quantity: .startAndInit,
      value: Clocks.median(Array(times.dropFirst())))
  }

  /// Memory of a sync process after many syncs, each of which stores another state.
  func memory(_ scenario: Scenario, syncs: Int) throws -> [Measurement] {
    let run = try SyncRun(scenario, self, map: "sync-\(scenario.directory)")
    var own: [Double] = []
    for sync in 1...syncs {
      try run.log.grow()
      try server.awaitStores(run.firstStore + sync)
      own.append(try run.sidecar.facts.ownMemory())
    }
    // A sync takes memory and gives it back at once, and the figure is read at any moment of one: the
    // least of twenty is what the process keeps.
    let warm = own.prefix(min(100, syncs / 2)).suffix(20)
    return [
      Measurement(
        subject: scenario.node, quantity: .peakMemory, value: try run.sidecar.facts.peakMemory()),
      Measurement(
        subject: scenario.node, quantity: .memoryGrowth,
        value: (own.suffix(20).min() ?? 0) - (warm.min() ?? 0)),
    ]
  }

  /// Memory of a sync process that tells confirmed checkpoints from others: it keeps up to three
  /// states. A receiver that commits another at every poll lets it.
  func atLeastOnceMemory(_ scenario: Scenario) throws -> Measurement {
    let run = try SyncRun(
      scenario, self, map: "truth-\(scenario.directory)", interval: "50ms", atLeastOnce: true)
    for _ in 0..<50 {
      try run.log.grow()
      Clocks.pause(milliseconds: 100)
    }
    try server.awaitStores(run.firstStore + 2)
    return Measurement(
      subject: .atLeastOnce(logFiles: scenario.logFiles), quantity: .peakMemory,
      value: try run.sidecar.facts.peakMemory())
  }

  /// What a sync process does while a receiver polls 5 times a second and finds nothing.
  func idle(_ scenario: Scenario, intervals: Int) throws -> [Measurement] {
    let run = try SyncRun(scenario, self, map: "idle-\(scenario.directory)", interval: "200ms")
    let facts = run.sidecar.facts
    let requests = server.requests
    let (wakeUps, bytes) = (try facts.wakeUps(), try facts.bytesRead())
    let start = Clocks.wall
    for _ in 0..<intervals {
      try run.log.poll()
      Clocks.pause(milliseconds: 200)
    }
    let passed = (Clocks.wall - start) / 200
    let values: [(Quantity, Double)] = [
      (.wakeUps, Double(try facts.wakeUps() - wakeUps) / passed),
      (.idleBytesRead, Double(try facts.bytesRead() - bytes) / passed / 1e3),
      (.idleRequests, Double(server.requests - requests)),
    ]
    return values.map { Measurement(subject: scenario.node, quantity: $0, value: $1) }
  }

  /// A sync process that has stored its first state, and the receiver beside it.
  private final class SyncRun {
    let log: GrowingLog
    let sidecar: Sidecar
    /// How often was stored when the process had stored once.
    let firstStore: Int
    private let directory = TemporaryDirectory()

    init(
      _ scenario: Scenario, _ bench: ProcessBench, map: String, interval: String = "10ms",
      atLeastOnce: Bool = false
    ) throws {
      _ = try bench.server.makeMap(map)
      try scenario.write(to: directory.path)
      log = try GrowingLog(path: directory.path + "/" + scenario.databases[0].name)
      firstStore = bench.server.stores + 1
      sidecar = try Sidecar(
        bench.program, ["--mode=sync"],
        environment: bench.server.environment(
          map: map, directory: directory, interval: interval, atLeastOnce: atLeastOnce),
        output: bench.logs.path + "/sync.log")
      // Nothing is stored there before a later write has confirmed it.
      try bench.server.awaitStores(firstStore) {
        guard atLeastOnce else { return }
        try log.poll()
        Clocks.pause(milliseconds: 100)
      }
    }

    deinit { sidecar.kill() }
  }
}
