import BoltFile
import FilelogCheckpoint
import FilelogSystemCalls
import StandInCollector
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct SyncModeTests {
  /// One sidecar with its volume, its store and its time.
  struct Bench {
    let directory: String
    let world = VirtualHost()
    let store = MemoryStore()
    let lines = CapturedLog()
    let telemetry = Telemetry.none(CapturedLog().log)
    var calls = SystemCalls.host
    var settings: Settings

    init(_ directory: String) {
      self.directory = directory
      settings = Settings(
        namespace: "monitoring", configMap: "offsets", node: "node-a", directory: directory)
    }

    /// Gives a bench with an empty volume.
    static func with(_ body: (inout Bench) throws -> Void) throws {
      try HostFiles.withTemporaryDirectory { directory in
        var bench = Bench(directory)
        try body(&bench)
      }
    }

    func run() throws -> Bool {
      SyncMode(
        settings: settings, store: store, volume: try Volume(path: directory, calls: calls),
        host: world, log: lines.log, telemetry: telemetry
      ).run()
    }

    /// What the store holds now.
    func stored(_ name: String = "receiver_filelog_") throws -> String? {
      try Payload.unpack(store.payload ?? []).checkpoint(name)
    }
  }

  private func withBench(_ body: (inout Bench) throws -> Void) throws {
    try Bench.with(body)
  }

  @Test func commitsWithoutChangeAreNotStored() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      for poll in 0..<600 {
        bench.world.at(.milliseconds(200 * poll)) { try? collector?.commit("steady") }
      }
      bench.world.stop(at: .seconds(121))
      bench.world.at(.seconds(121)) { collector = nil }
      #expect(try bench.run())
      #expect(bench.store.saves.count == 1)
      #expect(try bench.stored() == "steady")
    }
  }

  /// After a restart of the sidecar, what is stored already is not stored again, unless it lies where
  /// it will not stay.
  @Test(arguments: [false, true])
  func storedStateIsSavedAgainOnlyIfItMustBe(_ mustBeSaved: Bool) throws {
    try withBench { bench in
      try FakeCollector(directory: bench.directory).commit("steady")
      let snapshot = Snapshot(files: ["receiver_filelog_": .database(database(3, "steady"))])
      bench.store.payload = Payload.pack(snapshot, directory: bench.directory)
      bench.store.mustBeSaved = mustBeSaved
      bench.world.stop(at: .seconds(61))
      #expect(try bench.run())
      #expect(bench.store.saves.count == (mustBeSaved ? 1 : 0))
    }
  }

  @Test func damagedStoredStateIsReplaced() throws {
    try withBench { bench in
      try FakeCollector(directory: bench.directory).commit("mine")
      bench.store.loadFailures = [StoreError(.damaged, "part 1 is missing")]
      bench.world.stop(at: .seconds(10))
      #expect(try bench.run())
      #expect(try bench.stored() == "mine")
      #expect(bench.lines.count("the stored offsets are damaged and will be replaced") == 1)
    }
  }

  @Test func changeIsStoredWithinOneInterval() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("one")
      bench.world.at(.seconds(12)) { try? collector.commit("two") }
      var seen: String?
      let probe = bench
      bench.world.at(.milliseconds(17_600)) { seen = try? probe.stored() }
      bench.world.stop(at: .seconds(18))
      #expect(try bench.run())
      #expect(seen == "two")
      #expect(bench.store.saves.count == 2)
    }
  }

  @Test func restartedSidecarDoesNotSaveStoredState() throws {
    try withBench { bench in
      let fixture = try Fixture(name: "upstream-snapshots/several-receivers.tar.gz").bytes()
      bench.store.payload = fixture
      let snapshot = try Payload.unpack(fixture)
      _ = try SnapshotRestorer(volume: Volume(path: bench.directory)).apply(snapshot)
      bench.world.stop(at: .seconds(60))
      #expect(try bench.run())
      #expect(bench.store.saves.isEmpty)
    }
  }

  @Test func reorderedEntriesAreNotStored() throws {
    try withBench { bench in
      let fixture = try Snapshot(scenario: "five-files")
      guard case .database(let content)? = fixture.files["receiver_filelog_"],
        case .bucket(let bucket)? = content.root[Array("default".utf8)],
        case .value(let value)? = bucket[Array("file_input.knownFiles".utf8)]
      else {
        Issue.record("the fixture is not as expected")
        return
      }
      let reversed = try Checkpoint(decoding: Array(value)).reversed()
      #expect(reversed != Array(value))
      let collector = try FakeCollector(directory: bench.directory)
      try collector.writer.commit(content.root)
      bench.world.at(.seconds(8)) {
        try? collector.writer.commit(database(0, reversed).root)
      }
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(bench.store.saves.count == 1)
    }
  }

  @Test(arguments: [0, 2, 20])
  func lastStateIsStoredOnceCollectorHasClosed(delay: Int) throws {
    try withBench { bench in
      bench.settings.shutdownDeadline = .seconds(25)
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      try collector?.commit("before")
      bench.world.stop(at: .seconds(7))
      bench.world.at(.seconds(7 + delay) - .milliseconds(1)) {
        try? collector?.commit("final")
        collector = nil
      }
      #expect(try bench.run())
      #expect(try bench.stored() == "final")
      #expect(bench.world.now < .seconds(7 + delay) + .milliseconds(100))
      #expect(bench.lines.count("\"collector_closed\":true") == 1)
    }
  }

  @Test func collectorRunningAtDeadlineHasRecentStateStored() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("before")
      bench.world.stop(at: .seconds(7))
      bench.world.at(.seconds(26)) { try? collector.commit("late") }
      #expect(try bench.run())
      #expect(bench.world.now == .seconds(27))
      #expect(try bench.stored() == "late")
      #expect(bench.lines.count("the collector still holds its databases") == 1)
    }
  }

  @Test func emptyDirectoryIsNeverStored() throws {
    try withBench { bench in
      let payload = try Fixture(name: "upstream-snapshots/several-receivers.tar.gz").bytes()
      bench.store.payload = payload
      bench.world.stop(at: .seconds(20))
      #expect(try bench.run())
      #expect(bench.store.payload == payload)
    }
  }

  @Test func lateSaveOfPredecessorIsReplaced() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("successor")
      let store = bench.store
      let stale = Snapshot(files: ["receiver_filelog_": .database(database(99, "predecessor"))])
      let payload = Payload.pack(stale, directory: bench.directory)
      bench.world.at(.seconds(9)) { store.payload = payload }
      bench.world.stop(at: .seconds(60))
      #expect(try bench.run())
      #expect(try bench.stored() == "successor")
      #expect(bench.store.saves.count == 2)
    }
  }

  /// Upstream's operator does it with every change of the map's labels.
  @Test func stateWipedWhileIdleIsStoredAgain() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("quiet")
      let store = bench.store
      var healed: Bool?
      bench.world.at(.seconds(100)) { store.payload = nil }
      bench.world.at(.seconds(800)) { healed = store.payload != nil }
      bench.world.stop(at: .seconds(1000))
      #expect(try bench.run())
      #expect(healed == true)
      #expect(try bench.stored() == "quiet")
      #expect(store.saves.count == 2)
    }
  }

  @Test func stateWipedBeforeStopIsStoredAgain() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("quiet")
      let store = bench.store
      bench.world.at(.seconds(50)) { store.payload = nil }
      bench.world.stop(at: .seconds(55))
      #expect(try bench.run())
      #expect(try bench.stored() == "quiet")
      #expect(store.saves.count == 2)
    }
  }

  @Test func changeIsStoredWhileReloadFails() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("early")
      let store = bench.store
      bench.world.at(.seconds(50)) {
        store.loadFailures = Array(repeating: StoreError(.unavailable, "injected"), count: 1000)
        try? collector.commit("late")
      }
      bench.world.stop(at: .seconds(50.5))
      #expect(try bench.run())
      #expect(try bench.stored() == "late")
    }
  }

  @Test func damagedDatabaseKeepsStoredState() throws {
    try withBench { bench in
      let audit = try FakeCollector(directory: bench.directory, name: "receiver_filelog_audit")
      try audit.commit("audit one")
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("good")
      let path = bench.directory + "/receiver_filelog_"
      bench.world.at(.seconds(6)) {
        try? HostFiles.write([UInt8](repeating: 0, count: 8192), to: path)
        try? audit.commit("audit two")
      }
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(try bench.stored() == "good")
      #expect(try bench.stored("receiver_filelog_audit") == "audit two")
      #expect(bench.lines.count("its last good state stays stored") == 1)
    }
  }

  @Test func logAndPayloadAreBoundedInNumberOfFiles() throws {
    try withBench { bench in
      for index in 0..<1200 {
        try HostFiles.write([], to: bench.directory + "/receiver_\(index)")
      }
      try HostFiles.write([1], to: bench.directory + "/exporter_plain")
      try HostFiles.write([1], to: bench.directory + "/note")
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(bench.lines.lines.count < 30)
      #expect(bench.lines.count("\"left_out\":179") == 1)
      #expect(bench.lines.count("more databases cannot be read now") == 1)
    }
  }

  @Test func failureIsLoggedOnceAndItsEndToo() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("one")
      let store = bench.store
      store.saveFailure = StoreError(.notFound, "config map monitoring/offsets not found")
      bench.world.at(.seconds(300)) { store.saveFailure = nil }
      bench.world.stop(at: .seconds(400))
      #expect(try bench.run())
      #expect(try bench.stored() == "one")
      #expect(bench.lines.count("cannot store the offsets") == 1)
      #expect(bench.lines.count("offsets are stored again") == 1)
    }
  }

  @Test func storeBackBeforeDeadlineGetsLastState() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      try collector?.commit("one")
      let store = bench.store
      // A long outage, so that the backoff is at its longest, and Retry-After beyond the end.
      store.saveFailure = StoreError(.unavailable, "503", retryAfter: .seconds(60))
      bench.world.stop(at: .seconds(600))
      bench.world.at(.seconds(601)) {
        try? collector?.commit("final")
        collector = nil
      }
      bench.world.at(.seconds(619)) { store.saveFailure = nil }
      #expect(try bench.run())
      #expect(try bench.stored() == "final")
    }
  }

  @Test func sameErrorWithOtherFiguresIsLoggedOnce() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      let store = bench.store
      var attempt = 0
      store.beforeSave = {
        attempt += 1
        try? collector.commit("attempt \(attempt)")
        store.saveFailure = StoreError(.full, "full, \(attempt) bytes")
      }
      try collector.commit("one")
      bench.world.stop(at: .seconds(200))
      #expect(try bench.run() == false)
      #expect(attempt > 3)
      #expect(bench.lines.count("cannot store the offsets") == 1)
    }
  }

  @Test func storeDownAtEndIsTriedUntilDeadline() throws {
    try withBench { bench in
      try FakeCollector(directory: bench.directory).commit("one")
      bench.store.saveFailure = StoreError(.unavailable, "refused")
      bench.world.stop(at: .seconds(6))
      #expect(try bench.run() == false)
      #expect(bench.world.now <= .seconds(28))
      #expect(bench.lines.count("stopped without storing the last offsets") == 1)
    }
  }
}

extension Checkpoint {
  /// The same entries in reverse, as a clean stop writes them.
  fileprivate func reversed() -> [UInt8] {
    var copy = self
    copy.files.reverse()
    return copy.encoded()
  }
}
