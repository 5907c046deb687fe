import BoltFile
import SystemCalls
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct RestoreTests {
  @Test(arguments: scenarios)
  func putsEveryScenarioIntoAnEmptyDirectory(_ scenario: String) throws {
    let snapshot = try Snapshot(scenario: scenario)
    try HostFiles.withTemporaryFolder { folder in
      let outcomes = try SnapshotRestorer(volume: Volume(path: folder)).apply(snapshot)
      #expect(outcomes.values.allSatisfy { $0 == .restored })
      #expect(HostFiles.list(folder) == snapshot.names)
      for name in snapshot.names {
        let content = try BoltDatabase.read(FileSource(path: folder + "/" + name))
        #expect(snapshot.files[name] == .database(content))
      }
    }
  }

  @Test(arguments: [
    (local: 7, stored: 7, isKept: true), (local: 8, stored: 7, isKept: true),
    (local: 6, stored: 7, isKept: false),
  ])
  func neverGoesBackwards(local: UInt64, stored: UInt64, isKept: Bool) throws {
    try HostFiles.withTemporaryFolder { folder in
      let volume = try Volume(path: folder)
      try volume.replace("receiver_filelog_", with: database(local, "local").compactFile())
      let snapshot = Snapshot(files: ["receiver_filelog_": .database(database(stored, "stored"))])
      let outcomes = try SnapshotRestorer(volume: volume).apply(snapshot)
      let expected =
        isKept ? SnapshotRestorer.Outcome.keptLocal(transaction: local, stored: stored) : .restored
      #expect(outcomes == ["receiver_filelog_": expected])
      let now = try BoltDatabase.read(volume.file("receiver_filelog_"))
      #expect(now == (isKept ? database(local, "local") : database(stored, "stored")))
    }
  }

  @Test func aDamagedLocalDatabaseIsReplaced() throws {
    try HostFiles.withTemporaryFolder { folder in
      let volume = try Volume(path: folder)
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

  @Test func whatAnEarlierAttemptLeftBehindIsRemoved() throws {
    try HostFiles.withTemporaryFolder { folder in
      try HostFiles.write([1], to: folder + "/.partial-0123456789abcdef")
      _ = try SnapshotRestorer(volume: Volume(path: folder)).apply(Snapshot())
      #expect(HostFiles.list(folder).isEmpty)
    }
  }

  /// What a crash of the machine leaves behind depends on this order alone.
  @Test func theContentIsSyncedBeforeTheNameIsTakenAndTheFolderAfterwards() throws {
    try HostFiles.withTemporaryFolder { folder in
      let injection = FaultInjection()
      let volume = try Volume(path: folder, calls: injection.calls)
      let first = injection.names.count
      try volume.replace("receiver_filelog_", with: [1, 2, 3])
      let names = injection.names[first...]
      #expect(names == ["unlink", "open", "write", "fsync", "close", "rename", "fsync"])
    }
  }

  @Test func aFullDiskIsSaidAndLeavesTheOldStateInPlace() throws {
    try HostFiles.withTemporaryFolder { folder in
      let old = database(1, "old")
      try Volume(path: folder).replace("receiver_filelog_", with: old.compactFile())
      var calls = SystemCalls.host
      calls.write = { (_, _) throws(SystemError) in throw SystemError("write", 28) }
      let volume = try Volume(path: folder, calls: calls)
      let snapshot = Snapshot(files: ["receiver_filelog_": .database(database(2, "new"))])
      let error = #expect(throws: SnapshotRestorer.Failure.self) {
        try SnapshotRestorer(volume: volume).apply(snapshot)
      }
      #expect(
        error?.description
          == "cannot write \(folder)/receiver_filelog_: No space left on device")
      #expect(HostFiles.list(folder) == ["receiver_filelog_"])
      #expect(try BoltDatabase.read(volume.file("receiver_filelog_")) == old)
    }
  }
}

/// A database of one value, as the receiver's are.
func database(_ transaction: UInt64, _ value: String) -> BoltContent {
  database(transaction, Array(value.utf8))
}

func database(_ transaction: UInt64, _ value: [UInt8]) -> BoltContent {
  let entry = BoltBucket.Entry(
    key: Array("file_input.knownFiles".utf8)[...], content: .value(value[...]))
  let bucket = BoltBucket(entries: [entry])
  let root = BoltBucket(entries: [.init(key: Array("default".utf8)[...], content: .bucket(bucket))])
  return BoltContent(transaction: transaction, pageSize: 4096, root: root)
}
