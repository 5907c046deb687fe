import BoltFile
import FilelogEncodings
import FilelogJSON
import Foundation
import TestSupport
import Testing

@testable import OffsetSync

private let directory = "/var/otelcol/filelogreceiver_offsets"

@Suite struct PayloadTests {
  @Test(arguments: [
    ("upstream-snapshots/200-files.tar.gz", "200-files"),
    ("upstream-snapshots/several-receivers.tar.gz", "several-receivers"),
  ])
  func whatTheGoSidecarPackedIsReadWhole(payload: String, scenario: String) throws {
    let snapshot = try Payload.unpack(try Fixture(name: payload).bytes())
    let databases = Fixture.all(in: "collector/\(scenario)")
    #expect(snapshot.files.count == databases.count)
    for database in databases {
      let name = String(database.name.split(separator: "/").last!)
      let bytes = try database.bytes()
      let content = try BoltDatabase.read(MemorySource(bytes[...], name: name))
      #expect(snapshot.files[name] == .database(content))
    }
  }

  @Test(arguments: scenarios)
  func everyScenarioSurvivesPackingAndUnpacking(_ scenario: String) throws {
    let snapshot = try Snapshot(scenario: scenario)
    let payload = Payload.pack(snapshot, directory: directory)
    #expect(try Payload.unpack(payload) == snapshot)
    #expect(Payload.pack(snapshot, directory: directory) == payload)
  }

  @Test func isAtMostHalfOfTheGoSidecarsFor200Files() throws {
    let upstream = try Fixture(name: "upstream-snapshots/200-files.tar.gz").bytes()
    let snapshot = try Payload.unpack(upstream)
    let ours = Payload.pack(snapshot, directory: directory)
    #expect(ours.count <= upstream.count / 2, "\(ours.count) of \(upstream.count)")
  }

  /// The time of a database's last commit travels with it, to the millisecond.
  @Test func theTimeOfADatabaseIsKept() throws {
    for (written, expected) in [
      (Duration?.none, Duration?.none), (.seconds(1_795_860_000), .seconds(1_795_860_000)),
      (.nanoseconds(1_795_860_000_123_999_999), .milliseconds(1_795_860_000_123)),
      (.zero, nil), (.seconds(-5), nil), (.seconds(1 << 40), nil),
    ] {
      var content = database(7, "x")
      content.writtenAt = written
      let long = String(repeating: "n", count: 200)
      let snapshot = Snapshot(files: ["receiver_a": .database(content), long: .plain([1])])
      let payload = Payload.pack(snapshot, directory: directory)
      let unpacked = try Payload.unpack(payload)
      #expect(unpacked == snapshot)
      #expect(unpacked.files["receiver_a"]?.writtenAt == expected)
    }
  }

  /// It costs next to nothing.
  @Test func theTimeOfADatabaseTakesFewBytes() {
    var content = database(7, "x")
    func size() -> Int {
      Payload.pack(Snapshot(files: ["receiver_a": .database(content)]), directory: directory).count
    }
    let without = size()
    content.writtenAt = .milliseconds(1_795_860_000_123)
    #expect(size() - without < 80)
  }

  /// What Go's `archive/tar` and the Go sidecar go by, byte for byte: POSIX.1-2001, pages "ustar".
  @Test func theArchiveIsUSTARWithAbsoluteNamesAndTheDirectoryFirst() throws {
    let snapshot = Snapshot(files: ["a": .plain([1, 2, 3]), "b": .plain([])])
    let gzip = GzipReader(Payload.pack(snapshot, directory: directory), limit: 1 << 20)
    let archive = try gzip.read(4 * 512 + 1024)
    #expect(archive.count == 4 * 512 + 1024)
    #expect(try gzip.read(1).isEmpty)
    func text(_ block: Int, _ range: Range<Int>) -> String {
      let bytes = archive[block * 512 + range.lowerBound..<block * 512 + range.upperBound]
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let headers = [
      (block: 0, name: directory, mode: "0000755", size: "00000000000", type: "5"),
      (block: 1, name: directory + "/a", mode: "0000600", size: "00000000003", type: "0"),
      (block: 3, name: directory + "/b", mode: "0000600", size: "00000000000", type: "0"),
    ]
    for header in headers {
      #expect(text(header.block, 0..<100) == header.name)
      #expect(text(header.block, 100..<108) == header.mode)
      #expect(text(header.block, 124..<136) == header.size)
      #expect(text(header.block, 156..<157) == header.type)
      #expect(
        Array(archive[header.block * 512 + 257..<header.block * 512 + 265])
          == Array("ustar\u{0}00".utf8))
    }
    #expect(archive[1024..<1536].elementsEqual([1, 2, 3] + [UInt8](repeating: 0, count: 509)))
    #expect(archive[2048...].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [100, 101, 118, 119, 155, 200, 255])
  func longNamesTravel(_ length: Int) throws {
    let name = String(repeating: "n", count: length)
    let snapshot = Snapshot(files: [name: .plain([1, 2, 3])])
    let payload = Payload.pack(snapshot, directory: directory)
    #expect(try Payload.unpack(payload) == snapshot)
  }

  @Test(arguments: ["/elsewhere", "/", "/a/b/c/d", "relative"])
  func directoryOfAnyNameIsReadByBaseNames(_ directory: String) throws {
    let snapshot = Snapshot(files: ["a": .plain([1]), "b": .plain([])])
    let payload = Payload.pack(snapshot, directory: directory == "/" ? "" : directory)
    #expect(try Payload.unpack(payload) == snapshot)
  }

  @Test(arguments: [
    ["/a/x", "/b/y"], ["/a/x", "/a"], ["/a/x", "/ab/y"], ["x"], ["../x"], ["/a/../x"], ["./x"],
    ["/a/x", "/a/"], ["/a/x", "/a/../y"], ["/a\u{1}b/x"],
  ])
  func entriesOutsideOneDirectoryAreRefused(_ paths: [String]) {
    let tar = TarWriter()
    for path in paths { tar.file(path, .plain([])) }
    let error = #expect(throws: PayloadError.self) { try Payload.unpack(tar.finish() ?? []) }
    #expect(error?.code == .forbiddenEntry)
  }

  @Test func oneUnsoundDatabaseCostsNothingElse() throws {
    var torn = try Fixture(name: "collector/200-files/receiver_filelog_").bytes()
    let sound = try BoltDatabase.read(MemorySource(torn[...], name: "sound"))
    torn.replaceSubrange(2 * 4096..<torn.count, with: repeatElement(0xff, count: torn.count - 8192))
    let tar = TarWriter()
    tar.directory(directory)
    tar.file(directory + "/exporter_otlp__", .plain(torn))
    tar.file(directory + "/receiver_filelog_", .database(sound))
    let payload = try #require(tar.finish())
    let damaged = try Payload.verify(payload).damaged
    #expect(damaged.keys.sorted() == ["exporter_otlp__"])
    #expect(damaged["exporter_otlp__"]?.code == .damaged)
    #expect(try Payload.unpack(payload).files == ["receiver_filelog_": .database(sound)])
  }

  @Test func filesThatWouldFillTheVolumeAreRefusedTogether() throws {
    let limit = PayloadLimits().volumeBytes
    let block = [UInt8](repeating: 0, count: SnapshotBudget.block)
    var files = ["a": Snapshot.File.plain([UInt8](repeating: 0, count: limit / 2))]
    let rest = (limit - (limit / 2 + 4095) / 4096 * 4096) / 4096
    files["b"] = .plain([UInt8](repeating: 0, count: rest * 4096))
    let fitting = Payload.pack(Snapshot(files: files), directory: directory)
    #expect(try Payload.unpack(fitting).files.count == 2)
    // A file of one byte takes a block.
    files["c"] = .plain(Array(block.prefix(1)))
    let error = #expect(throws: PayloadError.self) {
      try Payload.unpack(Payload.pack(Snapshot(files: files), directory: directory))
    }
    #expect(error?.code == .tooLarge)
  }

  @Test(arguments: zip(hostile.map(\.name), hostile.map(\.code)))
  func aHostilePayloadIsRefused(_ name: String, _ code: PayloadDamage) throws {
    let payload = try Fixture(name: "upstream-snapshots/malicious/\(name).tar.gz").bytes()
    let error = #expect(throws: PayloadError.self) {
      try Payload.unpack(payload)
    }
    #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "")")
  }

  static let hostile: [(name: String, code: PayloadDamage)] = [
    ("absolute-elsewhere", .forbiddenEntry), ("block-device", .forbiddenEntry),
    ("char-device", .forbiddenEntry), ("control-characters-in-name", .forbiddenEntry),
    ("duplicate-entries", .forbiddenEntry), ("empty-name", .forbiddenEntry),
    ("fifo", .forbiddenEntry), ("gzip-bomb-1-gib", .tooLarge), ("gzip-header-only", .gzip),
    ("gzip-trailing-garbage", .gzip), ("gzip-truncated-half", .gzip),
    ("gzip-truncated-trailer", .gzip), ("gzip-wrong-crc", .gzip), ("gzip-wrong-isize", .gzip),
    ("hardlink", .forbiddenEntry), ("huge-declared-size-base256", .tar),
    ("huge-declared-size-octal", .tooLarge), ("long-name-pax", .forbiddenEntry),
    ("many-entries-20000", .tooLarge), ("negative-declared-size", .tar), ("not-gzip", .gzip),
    ("sibling-prefix", .forbiddenEntry), ("symlink-over-database", .forbiddenEntry),
    ("symlink-then-through-it", .forbiddenEntry), ("tar-not-compressed", .gzip),
    ("tar-truncated-body", .tar), ("tar-wrong-header-checksum", .tar),
    ("traversal-dot-segments", .forbiddenEntry), ("traversal-inside-absolute", .forbiddenEntry),
    ("traversal-relative", .forbiddenEntry), ("zero-bytes", .gzip),
  ]

  /// Odd, and harmless: read to the files named here.
  static let harmless: [(name: String, files: Set<String>)] = [
    ("good-reference", ["receiver_filelog_"]), ("gzip-two-members", ["receiver_filelog_"]),
    ("tar-no-end-marker", ["receiver_filelog_"]), ("directory-only", []), ("empty-gzip", []),
    ("no-entries", []),
    ("setuid-mode", ["receiver_filelog_", "setuid"]), ("subdirectory", ["receiver_filelog_"]),
  ]

  @Test(arguments: zip(harmless.map(\.name), harmless.map(\.files)))
  func anOddPayloadIsReadAsItsExpectedFileSays(_ name: String, _ files: Set<String>) throws {
    let fixture = Fixture(name: "upstream-snapshots/malicious/\(name).tar.gz")
    let snapshot = try Payload.unpack(try fixture.bytes())
    #expect(Set(snapshot.files.keys) == files)
  }

  @Test func entriesAreCountedAgainstTheirLimit() throws {
    let files = Dictionary(
      uniqueKeysWithValues: (0..<20).map { ("f\($0)", Snapshot.File.plain([])) })
    let payload = Payload.pack(Snapshot(files: files), directory: directory)
    #expect(try Payload.unpack(payload).files.count == 20)
    #expect(throws: PayloadError(.tooLarge, "holds more than 20 entries")) {
      try Payload.unpack(payload, limits: PayloadLimits(entries: 20))
    }
  }

  @Test func everyHostileFixtureHasItsRow() {
    let rows = Set(Self.hostile.map(\.name) + Self.harmless.map(\.name))
    let fixtures = HostFiles.list(Fixtures.directory + "/upstream-snapshots/malicious")
      .filter { $0.hasSuffix(".tar.gz") }.map { String($0.dropLast(".tar.gz".count)) }
    #expect(rows == Set(fixtures))
  }
}

let scenarios = Set(Fixture.all(in: "collector").map { String($0.name.split(separator: "/")[1]) })
  .sorted()

extension Snapshot {
  /// The databases of one directory of `collector/`.
  init(scenario: String) throws {
    self.init()
    for fixture in Fixture.all(in: "collector/\(scenario)") {
      let name = String(fixture.name.split(separator: "/").last!)
      let bytes = try fixture.bytes()
      files[name] = .database(try BoltDatabase.read(MemorySource(bytes[...], name: name)))
    }
  }
}

/// Readers that are not ours: the Go sidecar's is Go's archive/tar, which Debian does not carry
/// alone; GNU tar reads the same format as strictly.
@Suite struct PayloadInOtherHandsTests {
  @Test func gnuTarUnpacksWhatWePacked() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let name = String(repeating: "n", count: 200)
      var snapshot = try Snapshot(scenario: "several-receivers")
      snapshot.files[name] = .plain(Array("plain".utf8))
      try HostFiles.write(
        Payload.pack(snapshot, directory: directory), to: directory + "/payload.tar.gz")
      let tar = Process()
      tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      tar.arguments = ["tar", "-xzf", directory + "/payload.tar.gz", "-C", directory]
      tar.standardError = FileHandle.nullDevice
      try tar.run()
      tar.waitUntilExit()
      try #require(tar.terminationStatus == 0)
      // GNU tar takes the slash from absolute names.
      for name in snapshot.names {
        let path = directory + directory + "/" + name
        #expect(try HostFiles.read(path) == snapshot.files[name]?.bytes)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
      }
    }
  }
}
