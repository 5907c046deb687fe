import FilelogCheckpoint
import FilelogEncodings
import FilelogJSON
import Foundation
import TestSupport
import Testing

@testable import StandInCollector

/// Files that were rotated, packed and linked, as the receiver reads them.
@Suite struct RotatedFileTests {
  private let temporary = TemporaryDirectory()

  private func poll(
    known: [KnownFile] = [], _ include: [String],
    _ compression: CollectorConfiguration.Compression = .auto
  ) -> (lines: [String], known: [KnownFile]) {
    var tracker = FileTracker(
      CollectorConfiguration.Receiver(
        id: "filelog", include: include.map { temporary.path + "/" + $0 }, exclude: [],
        pollInterval: .seconds(1), startsAtBeginning: true, includesFilePath: true,
        includesFileName: false, parsesContainerLines: false, compression: compression,
        databasePath: "", recreatesDatabase: false, exporters: []), known: known)
    let groups = tracker.poll(now: 1)
    return (groups.flatMap { $0.records.map(\.body) }, tracker.knownFiles)
  }

  private func write(_ name: String, _ text: String, isPacked: Bool = false) throws {
    let bytes = Array(text.utf8)
    try HostFiles.write(isPacked ? Gzip.compress(bytes) : bytes, to: temporary.path + "/" + name)
  }

  private func link(_ name: String, to target: String) throws {
    let directory = (temporary.path + "/" + name as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: temporary.path + "/" + name, withDestinationPath: temporary.path + "/" + target)
  }

  @Test func packedCopyOfKnownFileIsReadFromStoredOffset() throws {
    try write("0.log", "one\ntwo\n")
    let stored = poll(["0.log"]).known
    try write("0.log.1.gz", "one\ntwo\nthree\n", isPacked: true)
    let next = poll(known: stored, ["0.log.1.gz"])
    #expect(next.lines == ["three"])
    #expect(next.known.map(\.fileType) == [".gz"])
    // From now on its offset counts packed bytes: all of them.
    #expect(poll(known: next.known, ["0.log.1.gz"]).lines == [])
  }

  @Test func unknownPackedFileIsReadFromItsBeginning() throws {
    try write("x.gz", "one\ntwo\n", isPacked: true)
    #expect(poll(["x.gz"]).lines == ["one", "two"])
  }

  @Test func withoutCompressionPackedBytesAreReadAsLines() throws {
    try write("x.gz", "one\ntwo\n", isPacked: true)
    #expect(!poll(["x.gz"], .none).lines.contains("one"))
    try write("plain", "one\n")
    #expect(poll(["plain"], .gzip).lines == [])
  }

  @Test func truncatedPackedFileIsNotRead() throws {
    let bytes = Gzip.compress(Array("one\ntwo\n".utf8))
    try HostFiles.write(Array(bytes.dropLast(6)), to: temporary.path + "/x.gz")
    #expect(poll(["x.gz"]).lines == [])
  }

  @Test func linkOfSecondPatternIsReadFromStoredOffsetOfItsTarget() throws {
    try write("0.log", "one\n")
    let stored = poll(["*.log"]).known
    try write("0.log.20260101-000000", "one\ntwo\n")
    try write("0.log", "three\n")
    try link("links/0/pod/main/0.log", to: "0.log.20260101-000000")
    let next = poll(known: stored, ["*.log", "links/*/pod/*/*.log"])
    #expect(next.lines.sorted() == ["three", "two"])
    #expect(next.known.compactMap(\.path).contains { $0.hasSuffix("/links/0/pod/main/0.log") })
  }

  @Test func withoutLinkRotatedFileIsLost() throws {
    try write("0.log", "one\n")
    let stored = poll(["*.log"]).known
    try write("0.log.20260101-000000", "one\ntwo\n")
    try write("0.log", "three\n")
    #expect(poll(known: stored, ["*.log"]).lines == ["three"])
  }
}

/// Records that the container runtime split, as the container parser puts them together.
@Suite struct RecombinerTests {
  private static let now = ContinuousClock.now

  private static func group(_ path: String, _ lines: String...) -> RecordGroup {
    RecordGroup(
      attributes: ["log.file.path": .string(path)],
      records: lines.map { LogRecord(containerLine: "2026-01-01T00:00:00Z " + $0) })
  }

  private static func bodies(_ groups: [RecordGroup]) -> [String] {
    groups.flatMap { $0.records.map(\.body) }
  }

  @Test func piecesAreJoinedWithTheirEndAcrossPolls() {
    var recombiner = Recombiner()
    let first = recombiner.take(
      [Self.group("a", "stdout P one ", "stderr F other", "stdout P two ")], at: Self.now)
    #expect(Self.bodies(first) == ["other"])
    #expect(!recombiner.isEmpty)
    let second = recombiner.take(
      [Self.group("b", "stdout F else"), Self.group("a", "stdout F three", "stdout F four")],
      at: Self.now)
    #expect(Self.bodies(second) == ["else", "one two three", "four"])
    #expect(recombiner.isEmpty)
  }

  @Test func piecesOlderThanFiveSecondsAreGivenUp() {
    var recombiner = Recombiner()
    _ = recombiner.take([Self.group("a", "stdout P one")], at: Self.now)
    _ = recombiner.take([Self.group("a", "stdout P two")], at: Self.now + .seconds(4))
    #expect(recombiner.takeOld(at: Self.now + .milliseconds(4999)).isEmpty)
    #expect(Self.bodies(recombiner.takeOld(at: Self.now + .seconds(5))) == ["onetwo"])
    #expect(recombiner.isEmpty)
  }

  @Test func stopTakesEverythingThatWaits() {
    var recombiner = Recombiner()
    _ = recombiner.take(
      [Self.group("b", "stdout P two"), Self.group("a", "stdout P one")], at: Self.now)
    #expect(Self.bodies(recombiner.takeAll()) == ["one", "two"])
    #expect(recombiner.takeAll().isEmpty)
  }
}
