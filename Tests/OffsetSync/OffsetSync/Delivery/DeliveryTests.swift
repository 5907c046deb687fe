import BoltFile
import FilelogCheckpoint
import FilelogContract
import FilelogSystemCalls
import Glibc
import StandInCollector
import TestSupport
import Testing

@testable import OffsetSync

/// The sync loop and the restore where offsets wait for delivery.
@Suite struct DeliveryTests {
  /// One sidecar in `atLeastOnce`, with its volume, its store and its time.
  private struct Bench {
    let directory: String
    let world = VirtualHost()
    let store = MemoryStore()
    let lines = CapturedLog()

    init(_ directory: String) { self.directory = directory }

    func run(interval: Duration = .seconds(5)) throws -> Bool { try sync(interval).run() }

    func sync(_ interval: Duration = .seconds(5)) throws -> SyncMode {
      var settings = Settings(
        namespace: "monitoring", configMap: "offsets", node: "node-a", directory: directory)
      settings.delivery = .atLeastOnce
      settings.interval = interval
      return SyncMode(
        settings: settings, store: store, volume: try Volume(path: directory), host: world,
        log: lines.log, telemetry: .none(lines.log))
    }

    func stored(_ name: String = "receiver_filelog_") throws -> String? {
      try Payload.unpack(store.payload ?? []).checkpoint(name)
    }

    /// Commits as a healthy receiver does, five times a second.
    func poll(
      _ collector: @escaping () -> FakeCollector?, from start: Int = 0, until end: Duration,
      _ value: @escaping (Int) -> String
    ) {
      var poll = start
      while .milliseconds(200 * poll) < end {
        let number = poll
        world.at(.milliseconds(200 * poll)) { try? collector()?.poll(value(number)) }
        poll += 1
      }
    }
  }

  private func withBench(_ body: (Bench) throws -> Void) throws {
    try HostFiles.withTemporaryDirectory { try body(Bench($0)) }
  }

  @Test func outageOutlastingStopStoresCheckpointBeforeIt() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(12)) { "poll \($0)" }
      // The backend is away from second 12 on; SIGTERM comes at 18.
      bench.world.stop(at: .seconds(18))
      bench.world.at(.seconds(18) + .milliseconds(20)) {
        for _ in 0..<3 { try? collector?.poll("dropped") }
        collector = nil
      }
      #expect(try bench.run())
      #expect(try bench.stored() == "poll 59")
      #expect(bench.lines.count("a receiver's last offsets are not stored") == 1)
    }
  }

  @Test func outageEndedBeforeStopWithholdsNothing() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(12)) { "poll \($0)" }
      bench.poll({ collector }, from: 90, until: .seconds(24)) { _ in "delivered after all" }
      bench.world.stop(at: .seconds(24))
      bench.world.at(.seconds(24) + .milliseconds(20)) {
        try? collector?.poll("delivered after all")
        collector = nil
      }
      #expect(try bench.run())
      #expect(try bench.stored() == "delivered after all")
      #expect(bench.lines.count("a receiver's last offsets are not stored") == 0)
    }
  }

  @Test func outageEndingDuringStopWithholdsLastCheckpoints() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(12)) { "poll \($0)" }
      // The backend is away from second 12 to 20; the collector hears of SIGTERM at second 26.
      bench.poll({ collector }, from: 100, until: .seconds(26)) { "poll \($0)" }
      bench.world.stop(at: .seconds(18))
      bench.world.at(.seconds(26)) {
        for _ in 0..<2 { try? collector?.poll("dropped") }
        collector = nil
      }
      #expect(try bench.run())
      let stored = try #require(try bench.stored())
      #expect(stored.hasPrefix("poll 12"), "\(stored)")
    }
  }

  @Test func outageAfterSIGTERMWithholdsPrematureCheckpoint() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      // The collector hears of SIGTERM eight seconds late, and goes on polling for four of them.
      bench.poll({ collector }, until: .seconds(22)) { "poll \($0)" }
      bench.world.stop(at: .seconds(18))
      bench.world.at(.seconds(26)) {
        for _ in 0..<2 { try? collector?.poll("dropped") }
        collector = nil
      }
      #expect(try bench.run())
      #expect(try bench.stored() == "poll 109")
    }
  }

  @Test func receiverKilledAtDeadlineLeavesConfirmedCheckpoint() throws {
    try withBench { bench in
      let collector = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(12)) { "poll \($0)" }
      bench.world.stop(at: .seconds(18))
      #expect(try bench.run())
      #expect(bench.world.now == .seconds(38))
      // No write came after the last one, so that it may be premature for all that is known.
      let stored = try #require(try bench.stored()?.dropFirst(5))
      #expect((56...58).contains(try #require(Int(stored))), "\(stored)")
    }
  }

  @Test func onlyBlockedReceiverIsWithheld() throws {
    try withBench { bench in
      var stuck: FakeCollector? = try FakeCollector(directory: bench.directory)
      var healthy: FakeCollector? = try FakeCollector(
        directory: bench.directory, name: "receiver_filelog_audit")
      var queue: FakeCollector? = try FakeCollector(
        directory: bench.directory, name: "exporter_otlphttp__logs")
      bench.poll({ stuck }, until: .seconds(12)) { "poll \($0)" }
      bench.poll({ healthy }, until: .seconds(18)) { $0 < 60 ? "audit \($0)" : "audit steady" }
      bench.world.stop(at: .seconds(18))
      bench.world.at(.seconds(18) + .milliseconds(20)) {
        try? stuck?.poll("dropped")
        try? healthy?.poll("audit steady")
        try? queue?.poll("queue at the end")
        (stuck, healthy, queue) = (nil, nil, nil)
      }
      #expect(try bench.run())
      #expect(try bench.stored() == "poll 59")
      #expect(try bench.stored("receiver_filelog_audit") == "audit steady")
      #expect(try bench.stored("exporter_otlphttp__logs") == "queue at the end")
    }
  }

  @Test(arguments: [20, 200, 1000, 10_000])
  func healthyStopRepeatsFewPollsAtAnyInterval(interval: Int) throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      let end = 60_000
      for poll in 0...(end / interval) {
        bench.world.at(.milliseconds(poll * interval)) {
          try? collector?.poll("\(poll * interval)")
        }
      }
      bench.world.stop(at: .milliseconds(end + 5))
      bench.world.at(.milliseconds(end + 10)) {
        try? collector?.poll("dropped")
        collector = nil
      }
      #expect(try bench.run())
      let stored = try #require(try bench.stored().flatMap { Int($0) })
      #expect(stored > end - 2 * interval - 5000)
    }
  }

  @Test func changedPollIntervalIsFollowed() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      var storedBefore: [Int: Int] = [:]
      for (from, until, interval) in [
        (0, 30_000, 200), (30_000, 90_000, 5000), (90_000, 120_000, 200),
      ] {
        bench.world.at(.milliseconds(from)) {
          collector = nil
          collector = try? FakeCollector(directory: bench.directory)
        }
        for time in stride(from: from, to: until, by: interval) {
          bench.world.at(.milliseconds(time)) { try? collector?.poll("\(time)") }
        }
        bench.world.at(.milliseconds(until - 1)) {
          storedBefore[until] = (try? bench.stored()).flatMap { $0 }.flatMap { Int($0) }
        }
      }
      bench.world.stop(at: .seconds(120))
      bench.world.at(.seconds(120)) {
        try? collector?.poll("dropped")
        collector = nil
      }
      #expect(try bench.run())
      // An interval and a look, and two polls.
      #expect(try #require(storedBefore[30_000]) > 22_000)
      #expect(try #require(storedBefore[90_000]) > 70_000)
      #expect(try #require(storedBefore[120_000]) > 112_000)
      #expect(try #require(try bench.stored().flatMap { Int($0) }) > 117_000)
    }
  }

  /// Neither side of the rule asks for time.
  @Test(arguments: [Duration.milliseconds(5), .seconds(1), .seconds(6)])
  func stopWithoutProcessorWithholdsPrematureCheckpoints(pause: Duration) throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(12)) { "poll \($0)" }
      for commit in 0..<3 {
        bench.world.at(.seconds(12) + pause * commit) { try? collector?.poll("dropped") }
      }
      bench.world.at(.seconds(12) + pause * 3) { collector = nil }
      // A native sidecar is asked last.
      bench.world.stop(at: .seconds(13) + pause * 3)
      #expect(try bench.run())
      #expect(try bench.stored() == "poll 59")
    }
  }

  /// What was rotated while pods came and went that confirmed nothing leaves no history.
  @Test func podThatConfirmsNothingStoresThatNothingWasRead() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      try collector?.poll("dropped")
      bench.world.at(.seconds(2)) { collector = nil }
      bench.world.stop(at: .seconds(2))
      #expect(try bench.run())
      let stored = try Payload.unpack(bench.store.payload ?? [])
      guard case .database(let content)? = stored.files["receiver_filelog_"] else {
        Issue.record("nothing is stored")
        return
      }
      let known = KnownLogFiles([content])
      #expect(content.listsNoFiles)
      #expect(content.undecodableCheckpoint == nil)
      #expect(!known.isEmpty)
      #expect(known.lastLook != nil)
    }
  }

  /// What came last is confirmed by so many polls that no stop makes them.
  @Test func quietReceiverIsConfirmedByItsPolls() {
    struct Same: ConfirmableContent, Equatable {
      var commitsPerPoll: UInt64
      func isBeyond(_ other: Self) -> Bool { false }
    }
    func polls(_ perPoll: UInt64, from first: UInt64, begunAnewAt anew: UInt64?) -> UInt64 {
      var confirmation = CheckpointConfirmation<Same>()
      confirmation.note(first, content: Same(commitsPerPoll: perPoll))
      if let anew { confirmation.note(anew) }
      var transaction = anew ?? first
      while confirmation.confirmed == nil, transaction < 100_000 {
        transaction += 1
        confirmation.note(transaction)
      }
      return transaction - (anew ?? first)
    }
    #expect(polls(1, from: 500, begunAnewAt: nil) == 20)
    #expect(polls(200, from: 500, begunAnewAt: nil) == 4000)
    // After a compaction transactions count from there.
    #expect(polls(1, from: 500, begunAnewAt: 3) == 20)
  }

  @Test func readingOnIsSeenInPlainFilesAlone() throws {
    func progress(_ files: [KnownFile], _ encoding: Checkpoint.Encoding) -> ReadProgress {
      ReadProgress(database(1, Checkpoint(files: files, encoding: encoding).encoded()))
    }
    func file(_ name: String, _ offset: Int64, _ type: String = "") -> KnownFile {
      KnownFile(fingerprint: Array(name.utf8), offset: offset, fileType: type)
    }
    for encoding in [Checkpoint.Encoding.protobuf, .json] {
      let before = progress([file("a", 10), file("b", 20), file("c", 30, ".gz")], encoding)
      #expect(progress([file("b", 21), file("a", 10)], encoding).isBeyond(before))
      // Another file, the same ones in another order, a shorter one, a packed one.
      for files in [
        [file("d", 99), file("a", 10)], [file("b", 20), file("a", 10)], [file("a", 5)],
        [file("c", 31, ".gz")], [],
      ] { #expect(!progress(files, encoding).isBeyond(before)) }
    }
    #expect(progress([], .protobuf).commitsPerPoll == 1)
    let damaged = ReadProgress(database(1, "no checkpoint"))
    #expect(!damaged.isBeyond(damaged))
  }

  /// A stopping receiver lists new files and longer fingerprints, of which it has read nothing.
  @Test func beginningFileIsSeenByWhatWasReadOfIt() throws {
    func content(_ files: [KnownFile], _ encoding: Checkpoint.Encoding) -> BoltContent {
      database(1, Checkpoint(files: files, encoding: encoding).encoded())
    }
    func file(
      _ name: String, length: Int = 1000, _ offset: Int64, _ type: String = ""
    ) -> KnownFile {
      let line = name + String(repeating: " ", count: 1000)
      return KnownFile(
        fingerprint: Array(line.utf8.prefix(length)), offset: offset, fileType: type)
    }
    for encoding in [Checkpoint.Encoding.protobuf, .json] {
      let before = content(
        [
          file("old", 5000), file("new", length: 300, 300), file("short", length: 50, 50),
          file("packed", 900, ".gz"),
        ], encoding)
      func isBeyond(_ file: KnownFile) -> Bool {
        ReadProgress.hasBegunFile(content([file], encoding), since: before)
      }
      #expect(isBeyond(file("other", length: 300, 300)))
      #expect(isBeyond(file("new", 1300)))
      #expect(isBeyond(file("short", 1300)))
      for file in [
        file("other", 0), file("other", length: 40, 40), file("other", 900, ".gz"),
        file("new", 300), file("short", 50), file("old", 5000), file("packed", 9000),
      ] { #expect(!isBeyond(file), "\(file.fingerprint.count) \(file.offset)") }
    }
  }

  @Test func stalledSidecarConfirmsOnlyWhatItSaw() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(60)) { "poll \($0)" }
      let store = bench.store
      // A store that takes 20 s stands for a process that does not run; the collector goes on.
      let world = bench.world
      var isSlow = true
      store.beforeSave = {
        if isSlow { world.sleep(.seconds(20)) }
        isSlow = false
      }
      bench.world.stop(at: .seconds(50))
      bench.world.at(.seconds(60)) {
        try? collector?.poll("dropped")
        collector = nil
      }
      #expect(try bench.run())
      let stored = try #require(try bench.stored()?.dropFirst(5))
      #expect(try #require(Int(stored)) >= 290)
    }
  }

  /// A request that waits for its answer is asked ten times a second whether to go on.
  @Test(arguments: [false, true]) func waitingStoreHidesNothingThatIsRead(
    isLoading: Bool
  ) throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(60)) { "poll \($0)" }
      let sync = try bench.sync()
      let world = bench.world
      var isSlow = true
      let wait = {
        for _ in 0..<500 where isSlow {
          world.sleep(.milliseconds(100))
          sync.followWhileWaiting()
        }
        isSlow = false
      }
      if isLoading { bench.store.beforeLoad = wait } else { bench.store.beforeSave = wait }
      // The request begins in the first seconds and ends when the collector is gone.
      world.stop(at: .seconds(40))
      world.at(.seconds(40) + .milliseconds(50)) {
        try? collector?.poll("dropped")
        collector = nil
      }
      #expect(sync.run())
      let stored = try #require(try bench.stored()?.dropFirst(5))
      #expect(try #require(Int(stored)) >= 197)
    }
  }

  /// Rotated files are read no further, and their successors have fingerprints of their own.
  @Test func rotationOfAllFilesAtEveryPollConfirmsWhatCameBefore() throws {
    try withBench { bench in
      var writer: InPlaceBoltWriter? = try InPlaceBoltWriter(
        path: bench.directory + "/receiver_filelog_")
      func file(_ number: Int) -> KnownFile {
        let time = String(repeating: "\(1_000_000 + number) ", count: 20)
        return KnownFile(fingerprint: Array(time.utf8), offset: 160)
      }
      func commit(_ poll: Int, isStopping: Bool = false) {
        // A file is listed for three polls after its rotation, and a new one as soon as it is found.
        var files = (max(0, poll - 3)...poll).map { file($0) }
        if isStopping { files[files.count - 1].offset = 0 }
        try? writer?.commit(database(0, Checkpoint(files: files).encoded()).root)
      }
      for poll in 0..<100 { bench.world.at(.milliseconds(200 * poll)) { commit(poll) } }
      bench.world.stop(at: .seconds(20))
      bench.world.at(.seconds(20) + .milliseconds(1)) {
        for poll in 100..<104 { commit(poll, isStopping: true) }
        writer = nil
      }
      #expect(try bench.run())
      let stored = try Payload.unpack(bench.store.payload ?? [])
      guard case .database(let content)? = stored.files["receiver_filelog_"] else {
        Issue.record("nothing is stored")
        return
      }
      func lists(_ number: Int) -> Bool {
        let before = Checkpoint(files: (0..<number).map(file))
        return ReadProgress.hasBegunFile(content, since: database(1, before.encoded()))
      }
      #expect(lists(97))
      #expect(!lists(100))
    }
  }

  @Test func firstLinesAfterQuietTimeAreConfirmedBeforeStoreIsDue() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      // Lines for 10 s, none for 10 s, lines until the stop, which comes before the second store.
      bench.poll({ collector }, until: .seconds(40)) { "poll \((50..<100).contains($0) ? 50 : $0)" }
      bench.world.stop(at: .seconds(40))
      bench.world.at(.seconds(40)) {
        try? collector?.poll("dropped")
        collector = nil
      }
      #expect(try bench.run(interval: .seconds(60)))
      let stored = try #require(try bench.stored()?.dropFirst(5))
      #expect(try #require(Int(stored)) >= 196)
    }
  }

  @Test func idleReceiverIsStoredOnce() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(120)) { _ in "steady" }
      bench.world.stop(at: .seconds(120))
      bench.world.at(.seconds(120)) {
        try? collector?.poll("steady")
        collector = nil
      }
      #expect(try bench.run())
      // That nothing was read, and then what is confirmed.
      #expect(bench.store.saves.count == 2)
      #expect(try bench.stored() == "steady")
    }
  }

  @Test func savesAreOneIntervalApart() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      bench.poll({ collector }, until: .seconds(60)) { "poll \($0)" }
      bench.world.stop(at: .seconds(60))
      bench.world.at(.seconds(61)) { collector = nil }
      #expect(try bench.run())
      #expect((11...15).contains(bench.store.saves.count))
    }
  }

  @Test func unconfirmedStateDoesNotReplaceStoredOne() throws {
    try withBench { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      let before = Snapshot(files: ["receiver_filelog_": .database(database(2, "before"))])
      bench.store.payload = Payload.pack(before, directory: bench.directory)
      try collector?.poll("dropped")
      collector = nil
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(try bench.stored() == "before")
      #expect(bench.store.saves.isEmpty)
    }
  }

  @Test(
    arguments: [
      (local: 9, content: "doubtful", expected: "stored"),
      (local: 9, content: "stored", expected: nil),
      (local: 7, content: "doubtful", expected: "stored"),
      (local: 5, content: "older", expected: "stored"),
    ] as [(local: UInt64, content: String, expected: String?)])
  func storedCheckpointWinsOverUnconfirmedLocalOne(
    local: UInt64, content: String, expected: String?
  ) throws {
    for name in ["receiver_filelog_", "exporter_otlphttp__logs"] {
      try HostFiles.withTemporaryDirectory { directory in
        let volume = try Volume(path: directory)
        try volume.replace(name, with: database(local, content).compactFile())
        let stored = Snapshot(files: [name: .database(database(7, "stored"))])
        VolumeHistory.begin(on: volume, bootID: "boot")
        _ = try SnapshotRestorer(
          volume: volume, preference: .confirmed, history: VolumeHistory(of: volume),
          bootID: "boot"
        ).apply(stored)
        let now = Snapshot(files: [name: .database(try BoltDatabase.read(volume.file(name)))])
        // Nothing speaks against what a queue holds.
        let isQueue = name.hasPrefix("exporter_")
        #expect(now.checkpoint(name) == (isQueue ? content : expected ?? content))
      }
    }
  }

  @Test func deliveryIsReadFromEnvironment() throws {
    var environment = Dictionary(
      uniqueKeysWithValues: Settings.requiredVariables.map { ($0.rawValue, "/x") })
    #expect(try Settings(environment: environment).delivery == .bestEffort)
    environment["FILELOG_DELIVERY"] = "atLeastOnce"
    #expect(try Settings(environment: environment).delivery == .atLeastOnce)
    environment["FILELOG_DELIVERY"] = "twice"
    let error = #expect(throws: SettingsError.self) { try Settings(environment: environment) }
    #expect(
      error?.problems == [
        "FILELOG_DELIVERY: unknown delivery \"twice\" (expected bestEffort or atLeastOnce)"
      ])
  }

  @Test func receiversAreReadBeforeQueues() {
    let digest = String(repeating: "0", count: 64)
    let names = ["exporter_a", "processor_a", digest, "note", "receiver_z", "receiver_a"]
    #expect(
      names.sorted(by: FileName.isReadBefore)
        == ["receiver_a", "receiver_z", digest, "exporter_a", "note", "processor_a"])
  }

  /// What the collector cannot have opened does not keep a pod from ending.
  @Test(arguments: ["exporter_directory", "exporter_fifo", "exporter_é"])
  func whatCannotBeDatabaseIsNotHeld(_ name: String) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/" + name
      switch name {
      case "exporter_directory": mkdir(path, 0o700)
      case "exporter_fifo": mkfifo(path, 0o600)
      // As a name that is not UTF-8 is told: there is nothing of that name.
      default: symlink("/nowhere", path)
      }
      let scanner = VolumeScanner(
        volume: try Volume(path: directory), host: VirtualHost()
      ) { _ in false }
      #expect(try scanner.isCollectorGone())
      #expect(try scanner.scan().unreadable.values.allSatisfy { $0.code == .notAFile })
    }
  }

  @Test func recordMovingToQueueIsInBothDatabases() throws {
    try HostFiles.withTemporaryDirectory { directory in
      nonisolated(unsafe) let receiver = try FakeCollector(directory: directory)
      nonisolated(unsafe) let queue = try FakeCollector(
        directory: directory, name: "exporter_otlphttp__logs")
      try receiver.commit("before the record")
      try queue.commit("empty")
      let host = SystemCalls.host
      var calls = host
      calls.open = { (directory, path, flags, mode) throws(SystemError) in
        // It moves while one database is read and the other is not.
        if path.hasPrefix("exporter_") {
          try? queue.commit("holds the record")
          try? receiver.commit("behind the record")
        }
        return try host.open(directory, path, flags, mode)
      }
      let volume = try Volume(path: directory, calls: calls)
      let scanner = VolumeScanner(volume: volume, host: VirtualHost()) { _ in false }
      let snapshot = try scanner.scan().snapshot
      #expect(snapshot.checkpoint("receiver_filelog_") == "before the record")
      #expect(snapshot.checkpoint("exporter_otlphttp__logs") == "holds the record")
    }
  }

  /// A receiver's emitter holds records that are committed, before they are in the queue.
  @Test(arguments: [false, true]) func queuesAreReadLaterWhileTheCollectorHoldsThem(
    waits: Bool
  ) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let receiver = try FakeCollector(directory: directory)
      let queue = try FakeCollector(directory: directory, name: "exporter_otlphttp__logs")
      try receiver.commit("behind the record")
      try queue.commit("empty")
      let host = VirtualHost()
      host.at(.milliseconds(200)) { try? queue.commit("holds the record") }
      let scanner = VolumeScanner(
        volume: try Volume(path: directory), host: host,
        emitterDelay: waits ? .milliseconds(300) : .zero
      ) { _ in false }
      let snapshot = try scanner.scan().snapshot
      #expect(
        snapshot.checkpoint("exporter_otlphttp__logs") == (waits ? "holds the record" : "empty"))
    }
  }
}
