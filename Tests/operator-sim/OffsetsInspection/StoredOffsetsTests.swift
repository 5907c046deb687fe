import BoltFile
import FilelogCheckpoint
import FilelogJSON
import FoundationEssentials
import Glibc
import OffsetSync
import OffsetsInspection
import StandInCollector
import TestSupport
import Testing

@Suite struct StoredOffsetsTests {
  @Test(arguments: Fixture.all(in: "collector"))
  func databaseShowsFixtureFiles(_ fixture: Fixture) throws {
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write(fixture.bytes(), to: directory + "/receiver_filelog_")
      let offsets = StoredOffsets(database: directory + "/receiver_filelog_")
      guard case .receiver(let receiver) = offsets.databases.first?.content else {
        Issue.record("not shown as a receiver's")
        return
      }
      let expected = try #require(try fixture.expected()["checkpoints"]?["file_input.knownFiles"])
      #expect(receiver.files.count == expected["count"]?.integer)
      #expect(receiver.transaction == UInt64(try #require(fixture.expected()["txid"]?.integer)))
      #expect(receiver.damage.isEmpty)
      for file in expected["files"]?.array ?? [] {
        #expect(
          receiver.files.contains {
            $0.path == file["path"]?.string && $0.offset == Int64(file["offset"]?.integer ?? -1)
              && $0.records == Int64(file["recordNum"]?.integer ?? -1)
          })
      }
    }
  }

  @Test func upstreamPayloadsAreShown() throws {
    for (name, count) in [("several-receivers", 14), ("200-files", 200)] {
      let bytes = try HostFiles.read(
        Fixtures.directory + "/upstream-snapshots/\(name).tar.gz")
      #expect(try StoredOffsets(payload: bytes).fileCount == count)
      let base64 = Data(bytes).base64EncodedString()
      #expect(try StoredOffsets(payload: Array((base64 + "\n").utf8)).fileCount == count)
    }
  }

  @Test func payloadOfOtherDirectoryIsShown() throws {
    let database = try Fixture(name: "collector/one-file/receiver_filelog_").bytes()
    let content = try BoltDatabase.read(MemorySource(database[...], name: "fixture"))
    let snapshot = Snapshot(files: [
      "receiver_filelog_": .database(content), "notes": .plain([1, 2, 3]),
    ])
    let directory = "/" + String(repeating: "long-directory-name/", count: 8) + "offsets"
    let offsets = try StoredOffsets(payload: Payload.pack(snapshot, directory: directory))
    #expect(offsets.fileCount == 1)
    #expect(offsets.others.map(\.name) == ["notes"])
  }

  @Test func directoryIsReadWhileCollectorWrites() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let writer = try InPlaceBoltWriter(path: directory + "/receiver_filelog_")
      let value = Checkpoint(files: [
        KnownFile(
          fingerprint: [1, 2], offset: 1_234_567, recordNumber: 42,
          attributes: ["log.file.path": "/var/log/a.log"],
          lastDataChange: 1_795_369_644_000_000_000)
      ]).encoded()
      let bucket = BoltBucket(entries: [
        .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
      ])
      try writer.commit(
        BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
      try HostFiles.write(Array(repeating: 7, count: 9000), to: directory + "/exporter_otlp__logs")
      try HostFiles.write([1, 2], to: directory + "/notes")
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/receiver_link", withDestinationPath: "nowhere")
      try FileManager.default.createDirectory(
        atPath: directory + "/lost+found", withIntermediateDirectories: false)
      let time = timespec(tv_sec: 1_795_369_700, tv_nsec: 5_000_000)
      for name in ["/receiver_filelog_", "/exporter_otlp__logs"] {
        #expect(utimensat(AT_FDCWD, directory + name, [time, time], 0) == 0)
      }
      let before = try HostFiles.read(directory + "/receiver_filelog_")

      let offsets = try StoredOffsets(directory: directory)
      let size = before.count / 1024
      #expect(size == 32)
      #expect(
        OffsetsText.details(offsets) == """
          exporter_otlp__logs: 9,000 bytes, written 2026-11-22T17:48:20.005Z, cannot be read: page 0, \
          offset 0: no valid meta page

          receiver_filelog_: 32,768 bytes, written 2026-11-22T17:48:20.005Z, transaction 2, protobuf, \
          1 log file, last change 2026-11-22T17:47:24.000Z
               offset  records  fingerprint  last change               log file
            1,234,567       42            2  2026-11-22T17:47:24.000Z  /var/log/a.log

          receiver_link: cannot be read: a symbolic link; sidecars read plain files

          notes: 2 bytes, no database

          """)
      #expect(!offsets.isSound)
      let json = offsets.json["databases"]?[1]
      #expect(json?["bytes"] == 32_768)
      #expect(json?["writtenUnixNano"] == 1_795_369_700_005_000_000)
      #expect(json?["lastChangeUnixNano"] == 1_795_369_644_000_000_000)
      #expect(try HostFiles.read(directory + "/receiver_filelog_") == before)
    }
  }

  @Test func payloadShowsSizesAndModificationTimes() throws {
    let bytes = try HostFiles.read(
      Fixtures.directory + "/upstream-snapshots/several-receivers.tar.gz")
    let offsets = try StoredOffsets(payload: bytes)
    #expect(offsets.databases.map(\.bytes) == [65_536, 32_768, 32_768])
    // Its writer rounds to the nearest second: the whole second before is shown.
    #expect(
      OffsetsText.details(offsets).contains(
        "receiver_filelog_audit: 32,768 bytes, written 2026-11-22T17:47:33.000Z, transaction 18, "
          + "0 log files\n"))
    // What this project packs carries the time of the receiver's last commit.
    let content = try BoltDatabase.read(
      MemorySource(Fixture(name: "collector/one-file/receiver_filelog_").bytes()[...], name: "f"))
    let own = try StoredOffsets(
      payload: Payload.pack(Snapshot(files: ["f": .database(content)]), directory: "/d"))
    #expect(OffsetsText.details(own).hasPrefix("f: 16,384 bytes, transaction "))
  }

  @Test func databaseSymlinkIsFollowedWhenNamed() throws {
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write(
        Fixture(name: "collector/one-file/receiver_filelog_").bytes(), to: directory + "/db")
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/link", withDestinationPath: "db")
      let offsets = StoredOffsets(database: directory + "/link")
      #expect(offsets.isSound && offsets.databases.map(\.name) == ["link"])
    }
  }

  @Test func logPathsAreEscaped() throws {
    let value = Checkpoint(files: [
      KnownFile(
        fingerprint: [1], offset: 1, recordNumber: 1,
        attributes: ["log.file.path": "/var/log/\u{1b}[31m\nred"])
    ]).encoded()
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    ])
    let content = BoltContent(
      transaction: 1, pageSize: 4096,
      root: BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
    let offsets = try StoredOffsets(
      payload: Payload.pack(
        Snapshot(files: ["receiver_filelog_": .database(content)]), directory: "/d"))
    #expect(OffsetsText.details(offsets).hasSuffix("  /var/log/\\u{1b}[31m\\nred\n"))
  }

  @Test func archivedFilesAreCounted() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let fixture = try Fixture(name: "collector/archive-100/receiver_filelog_").bytes()
      try HostFiles.write(fixture, to: directory + "/db")
      let text = OffsetsText.details(StoredOffsets(database: directory + "/db"))
      #expect(
        text.contains(", transaction 22649, protobuf, 30 log files, 28 archived, last change 2"))
    }
  }

  @Test(arguments: Fixture.all(in: "damaged").filter { !$0.name.contains("bbolt") })
  func damagedDatabaseIsShownOrReportedUnreadable(_ fixture: Fixture) throws {
    try HostFiles.withTemporaryDirectory { directory in
      try HostFiles.write(fixture.bytes(), to: directory + "/receiver_filelog_")
      let offsets = try StoredOffsets(directory: directory)
      let text = OffsetsText.details(offsets)
      #expect(text.hasPrefix("receiver_filelog_: "))
      #expect(text.contains("cannot be read") == !offsets.isSound)
      if try fixture.expected()["strictReader"]?.string == "rejects" {
        #expect(text.contains("cannot be read"))
        #expect(!offsets.isSound)
      }
    }
  }

  @Test func missingDirectoryErrorNamesPath() {
    let error = #expect(throws: OffsetsReadingError.self) {
      try StoredOffsets(directory: "/no/such/directory")
    }
    #expect(error?.description == "/no/such/directory: cannot be listed: No such file or directory")
  }
}
