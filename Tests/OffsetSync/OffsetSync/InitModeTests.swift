import BoltFile
import FilelogCheckpoint
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct InitModeTests {
  private struct Outcome {
    let mayStart: Bool
    let files: [String]
    let lines: CapturedLog
    let world: VirtualHost
  }

  private func run(
    _ store: MemoryStore, deadline: Duration = .seconds(60)
  ) throws -> Outcome {
    try HostFiles.withTemporaryDirectory { directory in
      let world = VirtualHost()
      let lines = CapturedLog()
      var settings = Settings(
        namespace: "monitoring", configMap: "offsets", node: "node-a", directory: directory)
      settings.initDeadline = deadline
      let mayStart = InitMode(
        settings: settings, store: store, volume: try Volume(path: directory), host: world,
        log: lines.log
      ).run()
      return Outcome(
        mayStart: mayStart, files: HostFiles.list(directory).filter { !$0.hasPrefix(".") },
        lines: lines, world: world)
    }
  }

  @Test func restoresWhatIsStored() throws {
    let store = MemoryStore()
    store.payload = try Fixture(name: "upstream-snapshots/several-receivers.tar.gz").bytes()
    let outcome = try run(store)
    #expect(outcome.mayStart)
    #expect(
      outcome.files == [
        "receiver_filelog_", "receiver_filelog_audit", "receiver_filelog_selfmonitoring",
      ])
    #expect(outcome.lines.count("restored the offsets of node node-a") == 1)
  }

  @Test func nodeWithoutStoredOffsetsStarts() throws {
    let outcome = try run(MemoryStore())
    #expect(outcome.mayStart)
    #expect(outcome.lines.count("no stored offsets for node node-a") == 1)
  }

  @Test func unreachableStoreIsRetried() throws {
    let store = MemoryStore()
    store.payload = try Fixture(name: "upstream-snapshots/several-receivers.tar.gz").bytes()
    store.loadFailures = Array(repeating: StoreError(.unavailable, "refused"), count: 5)
    let outcome = try run(store)
    #expect(outcome.mayStart)
    #expect(outcome.files.count == 3)
  }

  @Test func initFailsWhileStoreIsUnreachable() throws {
    let store = MemoryStore()
    store.loadFailures = Array(repeating: StoreError(.unavailable, "refused"), count: 1000)
    let outcome = try run(store)
    #expect(!outcome.mayStart)
    #expect(outcome.world.now <= .seconds(60))
    #expect(outcome.lines.count("the collector must not start yet") == 1)
  }

  /// Not at every attempt, and in numbers that can be read.
  @Test func lastingTroubleIsToldOnceThenEveryMinuteAndWhenItChanges() throws {
    let store = MemoryStore()
    store.loadFailures = Array(repeating: StoreError(.unavailable, "refused"), count: 1000)
    let outcome = try run(store, deadline: .seconds(150))
    let lines = outcome.lines.lines.filter { $0.contains("stored offsets yet; trying again") }
    #expect(lines.count == 3)
    #expect(lines.first?.contains(#""attempts":1,"waited":0.0,"deadline":150.0"#) == true)
    for line in lines {
      let waited = line.split(separator: #""waited":"#).last?.prefix { $0 != "," } ?? ""
      #expect(waited.count <= 7, "\(line)")
    }
    let changing = MemoryStore()
    changing.loadFailures =
      Array(repeating: StoreError(.unavailable, "refused"), count: 3)
      + Array(repeating: StoreError(.forbidden, "needs get"), count: 3)
    #expect(try run(changing).lines.count("stored offsets yet; trying again") == 2)
  }

  @Test func damagedPayloadIsLoggedWithDigestAndPodStarts() throws {
    let store = MemoryStore()
    store.payload = [1, 2, 3]
    let outcome = try run(store)
    #expect(outcome.mayStart)
    #expect(outcome.files.isEmpty)
    #expect(
      outcome.lines.count("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81") == 1)
  }

  /// Nothing tells what an earlier pod had read: rather again than never.
  @Test func rotatedFilesAreUnreadWhereStoredOffsetsAreLost() throws {
    let undecodable = BoltContent(
      transaction: 9, pageSize: 4096,
      root: BoltBucket(entries: [
        .init(
          key: Checkpoint.bucket[...],
          content: .bucket(
            BoltBucket(entries: [
              .init(key: Checkpoint.knownFilesKey[...], content: .value([0, 0, 0]))
            ])))
      ]))
    let snapshot = Snapshot(files: ["receiver_filelog_": .database(undecodable)])
    for (payload, isUnread) in [
      (nil, false), ([1, 2, 3], true), (Payload.pack(snapshot, directory: "/offsets"), true),
    ] as [([UInt8]?, Bool)] {
      let node = try ModelNode()
      try node.write(10)
      node.pass(.seconds(60))
      try node.rotate()
      let store = MemoryStore()
      store.payload = payload
      var settings = Settings(
        namespace: "monitoring", configMap: "offsets", node: "node-a", directory: node.links)
      settings.rotatedLogs = node.places
      let offsets = TemporaryDirectory()
      let mayStart = InitMode(
        settings: settings, store: store, volume: try Volume(path: offsets.path),
        host: VirtualHost(), log: CapturedLog().log
      ).run()
      #expect(mayStart)
      #expect(HostFiles.list(node.links).isEmpty == !isUnread)
    }
  }

  @Test func damagedPartsAreLoggedAndPodStarts() throws {
    let store = MemoryStore()
    store.loadFailures = [StoreError(.damaged, "part 1 is missing")]
    let outcome = try run(store)
    #expect(outcome.mayStart)
    #expect(outcome.files.isEmpty)
    #expect(outcome.world.now == .zero)
    #expect(outcome.lines.count("the collector starts without them") == 1)
  }
}
