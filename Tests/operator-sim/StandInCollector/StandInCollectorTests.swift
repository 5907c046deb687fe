import BoltFile
import FilelogCheckpoint
import FilelogJSON
import Foundation
import HTTPServer
import StandInCollector
import Synchronization
import TestSupport
import Testing

@Suite(.waits) struct StandInCollectorTests {
  /// Takes OTLP log requests and keeps the bodies of their records.
  final class Backend: Sendable {
    private let received = Mutex<[String]>([])
    private let failures = Mutex(0)
    private let server = Mutex<HTTPServer?>(nil)

    func start(failing: Int = 0) throws -> String {
      failures.withLock { $0 = failing }
      let server = HTTPServer { [weak self] in self?.answer($0) ?? .text(500, "gone") }
      let port = try server.start()
      self.server.withLock { $0 = server }
      return "http://127.0.0.1:\(port)"
    }

    /// From now on.
    func succeed() { failures.withLock { $0 = 0 } }

    func stop() { server.withLock { $0 }?.stop() }
    var bodies: [String] { received.withLock { $0 } }

    private func answer(_ request: HTTPServerRequest) -> HTTPServerResponse {
      let fails = failures.withLock { left in
        defer { left = max(0, left - 1) }
        return left > 0
      }
      if fails { return .text(503, "later") }
      guard request.path == "/v1/logs", let body = try? JSONValue(parsing: request.body) else {
        return .text(400, "no")
      }
      for resource in body["resourceLogs"]?.array ?? [] {
        for scope in resource["scopeLogs"]?.array ?? [] {
          let records = scope["logRecords"]?.array ?? []
          received.withLock { $0 += records.compactMap { $0["body"]?["stringValue"]?.string } }
        }
      }
      return .json(200, Array("{}".utf8))
    }
  }

  /// Asks to stop once a condition holds, or after ten seconds.
  static func stop(when condition: @escaping () -> Bool) -> (Duration) -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    return { time in
      if condition() || ContinuousClock.now > deadline { return true }
      Thread.sleep(forTimeInterval: Double(time.components.attoseconds) / 1e18)
      return false
    }
  }

  static func configuration(
    _ directory: String, _ endpoint: String, queuesOnDisk: Bool = false
  ) throws -> CollectorConfiguration {
    let queue: JSONValue = queuesOnDisk ? ["storage": "file_storage"] : [:]
    return try CollectorConfiguration(
      [
        "extensions": ["file_storage": ["directory": .string(directory)]],
        "receivers": [
          "filelog": [
            "include": [.string(directory + "/*.log")], "start_at": "beginning",
            "poll_interval": "10ms", "storage": "file_storage",
            "operators": [["type": "container"]],
          ]
        ],
        "exporters": ["otlphttp": ["endpoint": .string(endpoint), "sending_queue": queue]],
        "service": [
          "pipelines": ["logs": ["receivers": ["filelog"], "exporters": ["otlphttp"]]]
        ],
      ], environment: [:])
  }

  static func transaction(_ directory: String) throws -> UInt64 {
    try BoltDatabase.read(try FileSource(path: directory + "/receiver_filelog_")).transaction
  }

  static func checkpoint(_ directory: String) throws -> Checkpoint {
    let content = try BoltDatabase.read(try FileSource(path: directory + "/receiver_filelog_"))
    guard case .bucket(let bucket) = content.root[Checkpoint.bucket],
      case .value(let value) = bucket[Checkpoint.knownFilesKey]
    else { return Checkpoint(files: []) }
    return try Checkpoint(decoding: Array(value))
  }

  static func lines(_ range: Range<Int>) -> [UInt8] {
    Array(range.map { "2026-01-01T00:00:00.000000000Z stdout F record \($0)\n" }.joined().utf8)
  }

  @Test func recordsArriveOnceAndOffsetsAreStoredAcrossTwoLives() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let backend = Backend()
      let endpoint = try backend.start(failing: 2)
      defer { backend.stop() }
      try HostFiles.write(Self.lines(0..<2500), to: directory + "/0.log")
      for count in [2500, 2600] {
        if count == 2600 { try HostFiles.write(Self.lines(0..<2600), to: directory + "/0.log") }
        let collector = try StandInCollector(
          Self.configuration(directory, endpoint), log: { _ in })
        let lost = try collector.run(
          stopRequested: Self.stop { backend.bodies.count >= count })
        #expect(lost == 0)
        #expect(backend.bodies == (0..<count).map { "record \($0)" })
      }
      let checkpoint = try Self.checkpoint(directory)
      #expect(checkpoint.files.map(\.offset) == [Int64(Self.lines(0..<2600).count)])
      #expect(checkpoint.files.map(\.recordNumber) == [2600])
    }
  }

  @Test func everyPollCommitsAlsoWhenNothingHappens() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let collector = try StandInCollector(
        Self.configuration(directory, "http://127.0.0.1:1"), log: { _ in })
      let before = try Self.transaction(directory)
      _ = try collector.run(
        stopRequested: Self.stop {
          (try? Self.transaction(directory)).map { $0 > before + 5 } ?? false
        })
      #expect(try Self.transaction(directory) > before + 5)
      #expect(try Self.checkpoint(directory).files.isEmpty)
    }
  }

  @Test func aLateCollectorGoesOnReadingAndThenReleasesTheLockBeforeItHasFlushed() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/receiver_filelog_"
      // Against one that refuses at once the flush may end before the lock is asked for.
      let backend = ScriptedServer([[.receive, .stayQuiet]])
      defer { backend.stop() }
      let collector = try StandInCollector(
        Self.configuration(directory, backend.url),
        options: .init(reactsAfter: .milliseconds(300), flushDeadline: .milliseconds(200)),
        log: { _ in })
      var asked: ContinuousClock.Instant?
      var lockHeldLate = false
      var lockFreeInFlush = false
      let pendingRecords = try collector.run { _ in
        let now = ContinuousClock.now
        if asked == nil {
          asked = now
          try? HostFiles.write(Self.lines(0..<3), to: directory + "/late.log")
        }
        let isLocked = (try? InPlaceBoltWriter(path: path, lockTimeout: .zero)) == nil
        if now - asked! < .milliseconds(250) { lockHeldLate = lockHeldLate || isLocked }
        if now - asked! > .milliseconds(300) { lockFreeInFlush = lockFreeInFlush || !isLocked }
        return true
      }
      #expect(lockHeldLate && lockFreeInFlush)
      #expect(pendingRecords == 3)
      #expect(try Self.checkpoint(directory).files.map(\.recordNumber) == [3])
    }
  }

  @Test func aDatabaseWithTheCheckpointsOfARealCollectorIsContinued() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let real = try Fixture(name: "collector/five-files/receiver_filelog_").bytes()
      try HostFiles.write(real, to: directory + "/receiver_filelog_")
      let known = try Self.checkpoint(directory).files
      let fingerprint = known[0].fingerprint
      let old =
        fingerprint + Array(repeating: 0x78, count: Int(known[0].offset) - fingerprint.count)
      try HostFiles.write(old + Self.lines(7..<8), to: directory + "/0.log")
      let backend = Backend()
      let endpoint = try backend.start()
      defer { backend.stop() }
      let collector = try StandInCollector(Self.configuration(directory, endpoint), log: { _ in })
      _ = try collector.run(stopRequested: Self.stop { !backend.bodies.isEmpty })
      #expect(backend.bodies == ["record 7"])
    }
  }

  @Test func aDamagedDatabaseStopsTheStartUnlessItMayBeMadeAnew() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/receiver_filelog_"
      try HostFiles.write(Array(repeating: 1, count: 20_000), to: path)
      var configuration = try Self.configuration(directory, "http://127.0.0.1:1")
      #expect(throws: BoltError.self) { try StandInCollector(configuration, log: { _ in }) }
      configuration.receivers[0].recreatesDatabase = true
      _ = try StandInCollector(configuration, log: { _ in })
      #expect(try HostFiles.read(path + ".backup").count == 20_000)
    }
  }

  /// A checkpoint that no longer decodes ends the collector, and an empty one lies there afterwards.
  @Test func undecodableCheckpointFailsStartAndIsReplacedByEmptyOne() throws {
    let temporary = TemporaryDirectory()
    let value: [UInt8] = [0xff, 0xff, 0xff]
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    ])
    let root = BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))])
    let database = BoltContent(transaction: 7, pageSize: 4096, root: root)
    try HostFiles.write(database.compactFile(), to: temporary.path + "/receiver_filelog_")
    #expect(throws: (any Error).self) {
      _ = try StandInCollector(
        Self.configuration(temporary.path, "http://127.0.0.1:1"), log: { _ in })
    }
    #expect(try Self.checkpoint(temporary.path).files.isEmpty)
    #expect(try Self.transaction(temporary.path) > 7)
  }

  /// Its offsets are stored before it is sent, and the lock is free after.
  @Test func stopFlushesUnfinishedRecord() throws {
    let temporary = TemporaryDirectory()
    let backend = Backend()
    let endpoint = try backend.start()
    defer { backend.stop() }
    let line = "2026-01-01T00:00:00.000000000Z stdout P piece\n"
    try HostFiles.write(Array(line.utf8), to: temporary.path + "/0.log")
    let collector = try StandInCollector(
      Self.configuration(temporary.path, endpoint), log: { _ in })
    let lost = try collector.run(
      stopRequested: Self.stop { (try? Self.checkpoint(temporary.path).files.count) == 1 })
    #expect(lost == 0)
    #expect(backend.bodies == ["piece"])
    #expect(try Self.checkpoint(temporary.path).files.map(\.offset) == [Int64(line.utf8.count)])
  }

  /// What waited while the backend was away comes from the next collector, with nothing read again.
  /// Meanwhile the queue is as no reader can have it.
  @Test func queueOnDiskOutlivesItsCollectorAndIsBusyDuringAnOutage() throws {
    let temporary = TemporaryDirectory()
    let path = temporary.path + "/exporter_otlphttp__logs"
    let backend = Backend()
    let endpoint = try backend.start(failing: .max)
    defer { backend.stop() }
    try HostFiles.write(Self.lines(0..<2500), to: temporary.path + "/0.log")
    func queue() throws -> BoltContent {
      try BoltDatabase.readLive(FileSource(path: path), pause: { $0 < 10_000 })
    }
    var transactions: [UInt64] = []
    let first = try StandInCollector(
      Self.configuration(temporary.path, endpoint, queuesOnDisk: true), log: { _ in })
    let lost = try first.run(
      stopRequested: Self.stop {
        if let now = try? BoltDatabase.newestTransaction(of: FileSource(path: path)) {
          transactions.append(now)
        }
        // Polls alone take two at a time, and none as no line comes.
        return (transactions.last ?? 0) > 200
      })
    #expect(lost == 0)
    #expect(try queue().root.entryCount > 500)
    #expect(backend.bodies.isEmpty)

    backend.succeed()
    let second = try StandInCollector(
      Self.configuration(temporary.path, endpoint, queuesOnDisk: true), log: { _ in })
    _ = try second.run(stopRequested: Self.stop { backend.bodies.count >= 2500 })
    #expect(backend.bodies == (0..<2500).map { "record \($0)" })
    // Nothing but the bucket itself is left.
    #expect(try queue().root.entryCount == 1)
  }
}
