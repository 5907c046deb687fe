import BoltFile
import FilelogCheckpoint
import FilelogSystemCalls
import Glibc
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct RestoreTests {
  @Test(arguments: scenarios)
  func everyScenarioIsRestoredIntoEmptyDirectory(_ scenario: String) throws {
    let snapshot = try Snapshot(scenario: scenario)
    try HostFiles.withTemporaryDirectory { directory in
      let outcomes = try SnapshotRestorer(volume: Volume(path: directory)).apply(snapshot)
      #expect(outcomes.values.allSatisfy { $0 == .restored })
      #expect(HostFiles.list(directory) == snapshot.names)
      for name in snapshot.names {
        let content = try BoltDatabase.read(FileSource(path: directory + "/" + name))
        #expect(snapshot.files[name] == .database(content))
      }
    }
  }

  private static let receiver = "receiver_filelog_"

  /// A directory with this database, in which the collector worked during the boot `"then"`.
  private static func kept(
    _ content: BoltContent, _ body: (Volume) throws -> Void
  ) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let volume = try Volume(path: directory)
      VolumeHistory.begin(on: volume, bootID: "then")
      try volume.replace(receiver, with: content.compactFile())
      try body(volume)
    }
  }

  private static func restore(
    _ stored: BoltContent, to volume: Volume, bootID: String?
  ) throws -> SnapshotRestorer.Outcome? {
    try SnapshotRestorer(
      volume: volume, preference: .newest, history: VolumeHistory(of: volume), bootID: bootID
    ).apply(Snapshot(files: [receiver: .database(stored)]))[receiver]
  }

  /// Ids alone do not tell: they begin anew where a collector compacts or recreates its database.
  @Test(arguments: [6, 7, 8] as [UInt64])
  func localDatabaseWrittenInThisBootIsKept(transaction: UInt64) throws {
    let local = try known(transaction, offset: 900)
    try Self.kept(local) { volume in
      let outcome = try Self.restore(known(7, offset: 500), to: volume, bootID: "then")
      #expect(outcome == .keptLocal(transaction: transaction, stored: 7))
      #expect(try BoltDatabase.read(volume.file(Self.receiver)) == local)
    }
  }

  @Test(arguments: [6, 7, 8] as [UInt64])
  func localDatabaseWrittenBeforeRebootIsReplaced(transaction: UInt64) throws {
    let stored = try known(7, offset: 500)
    try Self.kept(known(transaction, offset: 900)) { volume in
      let outcome = try Self.restore(stored, to: volume, bootID: "now")
      #expect(
        outcome == .replaced(.writtenBeforeReboot, transaction: transaction, stored: 7))
      #expect(try BoltDatabase.read(volume.file(Self.receiver)) == stored)
    }
  }

  @Test func localDatabaseClosedInOrderIsKeptOverReboot() throws {
    let local = try known(9, offset: 900)
    try Self.kept(local) { volume in
      VolumeHistory.close(
        [
          Self.receiver: ClosedDatabase(
            transaction: 9, digest: ContentDigest(.database(local)))
        ], on: volume, bootID: "then")
      let outcome = try Self.restore(known(7, offset: 500), to: volume, bootID: "now")
      #expect(outcome == .keptLocal(transaction: 9, stored: 7))
      // What was written after that is not covered.
      try volume.replace(Self.receiver, with: known(10, offset: 950).compactFile())
      #expect(
        try Self.restore(known(7, offset: 500), to: volume, bootID: "now")
          == .replaced(.writtenBeforeReboot, transaction: 10, stored: 7))
    }
  }

  /// A collector that cannot decode its known files saves an empty list before it exits.
  @Test func emptiedLocalDatabaseIsReplacedByFullOne() throws {
    try Self.kept(known(9, offset: nil)) { volume in
      let outcome = try Self.restore(known(7, offset: 500), to: volume, bootID: "then")
      #expect(outcome == .replaced(.emptied, transaction: 9, stored: 7))
    }
  }

  /// Times of the local receiver and queue, of the stored ones, and what the clock shows; in seconds.
  struct Times: Sendable {
    var local: [Int]
    var stored: [Int]
    var clock: Int? = 300
    var isReplaced = false
  }

  /// Pods on another volume went on meanwhile, as when an emptyDir gives way to the host path again.
  @Test(arguments: [
    Times(local: [100, 100], stored: [200, 200], isReplaced: true),
    // A receiver and its queue belong to one moment.
    Times(local: [100, 100], stored: [200, 50], isReplaced: true),
    Times(local: [100, 210], stored: [200, 200]),
    Times(local: [200, 200], stored: [200, 200]),
    Times(local: [200, 200], stored: [100, 100]),
    // The clock was set back since.
    Times(local: [100, 100], stored: [400, 400]),
    Times(local: [100, 100], stored: [200, 200], clock: nil),
    // A time that is not known.
    Times(local: [0, 0], stored: [200, 200]), Times(local: [100, 100], stored: [0, 0]),
  ])
  func localDatabasesAreReplacedWhereAllWereWrittenBeforeTheStoredOnes(_ times: Times) throws {
    let names = [Self.receiver, "exporter_otlphttp__logs"]
    func snapshot(_ seconds: [Int], offset: Int64, _ records: String) throws -> Snapshot {
      var contents = [try known(9, offset: offset), database(9, records)]
      for (index, time) in seconds.enumerated() { contents[index].writtenAt = .seconds(time) }
      return Snapshot(
        files: Dictionary(uniqueKeysWithValues: zip(names, contents.map { .database($0) })))
    }
    try HostFiles.withTemporaryDirectory { directory in
      let volume = try Volume(path: directory)
      VolumeHistory.begin(on: volume, bootID: "then")
      let local = try snapshot(times.local, offset: 500, "three")
      for name in names { try volume.replace(name, with: #require(local.files[name])) }
      let stored = try snapshot(times.stored, offset: 900, "four")
      let outcomes = try SnapshotRestorer(
        volume: volume, preference: .newest, history: VolumeHistory(of: volume), bootID: "then",
        wallClock: times.clock.map { .seconds($0) }
      ).apply(stored)
      let expected: SnapshotRestorer.Outcome =
        times.isReplaced
        ? .replaced(.storedLater, transaction: 9, stored: 9)
        : .keptLocal(transaction: 9, stored: 9)
      #expect(outcomes == [names[0]: expected, names[1]: expected])
    }
  }

  /// The last commit of a receiver may come long after its last look at files.
  @Test(arguments: [(nil, 100, 200), (198, 100, 198)])
  func timeOfALocalDatabaseThatStaysTellsOfTheLastLook(
    closed: Int?, stored: Int, expected: Int
  ) throws {
    func content(_ seconds: Int) throws -> BoltContent {
      var content = try known(9, offset: 500)
      content.writtenAt = .seconds(seconds)
      return content
    }
    try HostFiles.withTemporaryDirectory { directory in
      let volume = try Volume(path: directory)
      let local = Snapshot.File.database(try content(200))
      try volume.replace(Self.receiver, with: local)
      VolumeHistory.begin(on: volume, bootID: "then")
      if let closed {
        VolumeHistory.close(
          [
            Self.receiver: ClosedDatabase(
              transaction: 9, digest: ContentDigest(local), time: .seconds(closed))
          ], on: volume, bootID: "then")
      }
      _ = try Self.restore(content(stored), to: volume, bootID: "then")
      #expect(try volume.file(Self.receiver).modified() == .seconds(expected))
    }
  }

  @Test func localDatabaseThatDoesNotDecodeIsReplaced() throws {
    try Self.kept(database(9, [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2])) { volume in
      let outcome = try Self.restore(known(7, offset: 500), to: volume, bootID: "then")
      guard case .replacedDamaged(let reason)? = outcome else {
        Issue.record("\(String(describing: outcome))")
        return
      }
      #expect(reason.hasPrefix("receiver_filelog_: not a filelog checkpoint"), "\(reason)")
    }
  }

  /// Stored offsets are behind the stored queue, local ones may be ahead of it.
  @Test func receiverIsReplacedTogetherWithItsQueue() throws {
    let (stored, queue) = (try known(7, offset: 500), "exporter_otlphttp__logs")
    try Self.kept(known(9, offset: 900)) { volume in
      try volume.replace(queue, with: [UInt8](repeating: 7, count: 9000))
      let outcomes = try SnapshotRestorer(
        volume: volume, preference: .newest, history: VolumeHistory(of: volume), bootID: "then"
      ).apply(
        Snapshot(files: [
          Self.receiver: .database(stored), queue: .database(database(3, "records")),
        ]))
      #expect(
        outcomes[Self.receiver] == .replaced(.queueReplaced, transaction: 9, stored: 7))
      #expect(try BoltDatabase.read(volume.file(Self.receiver)) == stored)
    }
  }

  /// Pages of different moments: most of these open, check clean and decode.
  @Test(arguments: Fixture.all(in: "torn"))
  func tornLocalDatabaseIsNeverWorseThanTheStoredOne(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    for transaction in [1, 1 << 40] as [UInt64] {
      let stored = try known(transaction, offset: 500)
      try HostFiles.withTemporaryDirectory { directory in
        let volume = try Volume(path: directory)
        VolumeHistory.begin(on: volume, bootID: "then")
        try volume.replace(Self.receiver, with: bytes)
        _ = try Self.restore(stored, to: volume, bootID: "now")
        #expect(try BoltDatabase.read(volume.file(Self.receiver)) == stored)
      }
    }
  }

  @Test func damagedLocalDatabaseIsReplaced() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let volume = try Volume(path: directory)
      try volume.replace("receiver_filelog_", with: [UInt8](repeating: 7, count: 9000))
      let content = database(3, "stored")
      let outcomes = try SnapshotRestorer(volume: volume).apply(
        Snapshot(files: ["receiver_filelog_": .database(content)]))
      #expect(
        outcomes["receiver_filelog_"]
          == .replacedDamaged(reason: "receiver_filelog_: page 0, offset 0: no valid meta page"))
      #expect(try BoltDatabase.read(volume.file("receiver_filelog_")) == content)
    }
  }

  @Test func partialFilesAreRemoved() throws {
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write([1], to: directory + "/.partial-0123456789abcdef")
      _ = try SnapshotRestorer(volume: Volume(path: directory)).apply(Snapshot())
      #expect(HostFiles.list(directory).isEmpty)
    }
  }

  /// None of ours is a directory: it is out of the way, with what it holds, and the pod starts.
  @Test func directoryNamedAsPartialFileIsMovedAside() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let content = database(3, "stored")
      let name = FileName.partial(for: "receiver_filelog_")
      for _ in 0..<2 {
        mkdir(directory + "/" + name, 0o700)
        try HostFiles.write([1], to: directory + "/\(name)/inside")
        let volume = try Volume(path: directory)
        _ = try SnapshotRestorer(volume: volume).apply(
          Snapshot(files: ["receiver_filelog_": .database(content)]))
        #expect(try BoltDatabase.read(volume.file("receiver_filelog_")) == content)
      }
      #expect(
        Set(
          HostFiles.list(directory).filter { $0.hasSuffix("/inside") }.map {
            $0.split(separator: "/")[0]
          }
        )
        .allSatisfy { $0.hasSuffix(".backup") })
    }
  }

  /// What a crash of the machine leaves behind depends on this order alone.
  @Test func replacedFileIsSyncedBeforeRenameAndDirectoryAfter() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let injection = FaultInjection()
      let volume = try Volume(path: directory, calls: injection.calls)
      let first = injection.names.count
      try volume.replace("receiver_filelog_", with: [1, 2, 3])
      let names = injection.names[first...]
      #expect(names == ["unlink", "open", "write", "fsync", "close", "rename", "fsync"])
    }
  }

  @Test func restoreOntoFullDiskLeavesOldState() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let old = database(1, "old")
      try Volume(path: directory).replace("receiver_filelog_", with: old.compactFile())
      var calls = SystemCalls.host
      calls.write = { (_, _) throws(SystemError) in throw SystemError("write", 28) }
      let volume = try Volume(path: directory, calls: calls)
      let snapshot = Snapshot(files: ["receiver_filelog_": .database(database(2, "new"))])
      let error = #expect(throws: SnapshotRestorer.Failure.self) {
        try SnapshotRestorer(volume: volume).apply(snapshot)
      }
      #expect(
        error?.description
          == "cannot write \(directory)/receiver_filelog_: No space left on device")
      #expect(HostFiles.list(directory) == ["receiver_filelog_"])
      #expect(try BoltDatabase.read(volume.file("receiver_filelog_")) == old)
    }
  }
}

/// A receiver's database that knows one file, or none.
func known(_ transaction: UInt64, offset: Int64?) throws -> BoltContent {
  let files = offset.map { [KnownFile(fingerprint: Array("a log file".utf8), offset: $0)] }
  return database(transaction, Checkpoint(files: files ?? []).encoded())
}

/// A database of one value, as the receiver's are.
func database(_ transaction: UInt64, _ value: String) -> BoltContent {
  database(transaction, Array(value.utf8))
}

func database(_ transaction: UInt64, _ value: [UInt8]) -> BoltContent {
  receiverDatabase(transaction, value)
}
