import BoltFile
import FilelogSystemCalls
import StandInCollector
import TestSupport
import Testing

@Suite struct InPlaceBoltWriterTests {
  /// A bucket of a few values whose sizes and number change from one transaction to the next.
  static func content(of transaction: Int) -> BoltBucket {
    var generator = SeededRandom(seed: UInt64(transaction))
    let entries = (0..<Int.random(in: 0...12, using: &generator)).map { index in
      let size = Int.random(in: 0...9000, using: &generator)
      return BoltBucket.Entry(
        key: Array("key \(index + 10)".utf8)[...],
        content: .value(Array(repeating: UInt8(truncatingIfNeeded: transaction), count: size)[...]))
    }
    let bucket = BoltBucket(entries: entries)
    return BoltBucket(entries: [
      BoltBucket.Entry(key: Array("default".utf8)[...], content: .bucket(bucket))
    ])
  }

  @Test func aNewDatabaseHasTheBytesThatBboltWrites() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/new"
      _ = try InPlaceBoltWriter(path: path)
      let real = try Fixture(name: "bbolt/empty-just-created-nofreelistsync.db").bytes()
      #expect(try HostFiles.read(path) == real)
    }
  }

  @Test func everyCommitReadsBackUnderTheNextTransactionNumber() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let writer = try InPlaceBoltWriter(path: directory + "/db")
      for number in 1...30 {
        try writer.commit(Self.content(of: number))
        let read = try BoltDatabase.read(try FileSource(path: directory + "/db"))
        #expect(read.root == Self.content(of: number))
        #expect(read.transaction == UInt64(number) + 1)
        #expect(writer.transaction == read.transaction)
      }
    }
  }

  @Test func theTransactionInForceIsWholeBeforeEveryWrite() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let writer = try InPlaceBoltWriter(path: directory + "/db", pageSize: 1024)
      try writer.commit(Self.content(of: 0))
      writer.beforeWrite = { [unowned writer] _ in
        let read = try BoltDatabase.read(try FileSource(path: directory + "/db"))
        #expect(read.root == writer.root)
      }
      for number in 1...20 {
        try writer.commit(Self.content(of: number))
        if number.isMultiple(of: 5) { try writer.commitUnchanged() }
      }
    }
  }

  @Test func aReaderThatStallsOverTwoCommitsFindsPagesOfSeveralTransactions() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let writer = try InPlaceBoltWriter(path: directory + "/db")
      func commit(_ byte: UInt8) throws {
        let value = Array(repeating: byte, count: 60_000)[...]
        try writer.commit(
          BoltBucket(entries: [.init(key: [0x6b], content: .value(value))]))
      }
      for byte: UInt8 in 1...4 { try commit(byte) }
      let early = try HostFiles.read(directory + "/db")
      try commit(5)
      try commit(6)
      // What a slow copy gets: the metas as they were, the rest as it is now.
      let late = try HostFiles.read(directory + "/db")
      let torn = Array(early[..<8192]) + Array(late[8192...])
      let read = try BoltDatabase.read(MemorySource(torn[...], name: "torn"))
      #expect(read.root[[0x6b]] != .value(Array(repeating: 4, count: 60_000)[...]))
      #expect(
        early.count < 5 * 65_536, "pages of earlier transactions are used again, not left behind")
    }
  }

  /// All but one of 88 MB, whose free list of more than 65,535 pages RealDatabaseTests reads.
  private static let continuable = (Fixture.all(in: "collector") + Fixture.all(in: "bbolt"))
    .filter { $0.name != "bbolt/freelist-over-65535.db" }

  @Test(arguments: continuable)
  func aDatabaseThatBboltWroteIsContinued(_ fixture: Fixture) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/db"
      try HostFiles.write(fixture.bytes(), to: path)
      let before = try BoltDatabase.read(try FileSource(path: path))
      let writer = try InPlaceBoltWriter(path: path)
      #expect(writer.root == before.root)
      var root = before.root
      root.entries.append(.init(key: [0xff, 0xff], content: .value([1, 2, 3])))
      for _ in 0..<4 { try writer.commit(root) }
      let after = try BoltDatabase.read(try FileSource(path: path))
      #expect(after.root == root)
      #expect(after.transaction == before.transaction + 4)
    }
  }

  @Test func aCompactedDatabaseIsContinued() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/db"
      let fixture = try Fixture(name: "collector/200-files/receiver_filelog_").bytes()
      let content = try BoltDatabase.read(MemorySource(fixture[...], name: "fixture"))
      try HostFiles.write(content.compactFile(), to: path)
      let writer = try InPlaceBoltWriter(path: path)
      try writer.commit(content.root)
      let after = try BoltDatabase.read(try FileSource(path: path))
      #expect(after.root == content.root)
      #expect(after.transaction == content.transaction + 1)
    }
  }

  @Test func theLockIsHeldUntilTheWriterIsGone() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/db"
      var writer: InPlaceBoltWriter? = try InPlaceBoltWriter(path: path)
      let error = #expect(throws: BoltWriterError.self) {
        try InPlaceBoltWriter(path: path, lockTimeout: .milliseconds(60))
      }
      #expect(error?.description == "\(path): another process holds the lock")
      #expect(error?.code == .locked)
      try writer?.commit(BoltBucket())
      writer = nil
      // A program that another test starts holds a copy of the lock until its exec.
      _ = try InPlaceBoltWriter(path: path, lockTimeout: .seconds(10))
    }
  }

  @Test func aWriterThatDiesBetweenAnyTwoWritesLeavesTheLastTransactionInForce() throws {
    struct Death: Error {}
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/db"
      var writesBeforeDeath = 0
      var finished = false
      while !finished {
        let writer = try InPlaceBoltWriter(path: path)
        try writer.commit(Self.content(of: 1))
        var writes = 0
        writer.beforeWrite = { _ in
          if writes == writesBeforeDeath { throw Death() }
          writes += 1
        }
        do {
          try writer.commit(Self.content(of: 2))
          finished = true
        } catch is Death {
          let read = try BoltDatabase.read(try FileSource(path: path))
          #expect(read.root == Self.content(of: 1))
        }
        writesBeforeDeath += 1
      }
      #expect(writesBeforeDeath > 3)
    }
  }

  @Test func whatIsNoDatabaseIsRefused() throws {
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write(Array(repeating: 7, count: 20_000), to: directory + "/db")
      #expect(throws: BoltError.self) { try InPlaceBoltWriter(path: directory + "/db") }
    }
  }
}
