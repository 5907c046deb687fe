import BoltFile
import FilelogSystemCalls
import Glibc
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct VolumeTests {
  private let directory = TemporaryDirectory()

  private func volume() throws -> Volume { try Volume(path: directory.path) }

  /// As below a host path of a node that never ran the collector.
  @Test func missingDirectoryIsMadeOnlyWhereThatIsAsked() throws {
    let path = directory.path + "/host/offsets/"
    #expect(throws: VolumeError.self) { try Volume(path: path) }
    #expect(try Volume(path: path, makesMissing: true).names() == [])
    #expect(try Volume(path: path).names() == [])
    let file = directory.write("file", "")
    #expect(throws: VolumeError.self) { try Volume(path: file + "/offsets", makesMissing: true) }
  }

  private func sparse(_ name: String, _ size: Int) throws {
    let descriptor = open(directory.path + "/" + name, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    try #require(ftruncate(descriptor, off_t(size)) == 0)
  }

  @Test func usageCountsBlocksOfEverything() throws {
    let block = [UInt8](repeating: 1, count: 8192)
    try HostFiles.write(block, to: directory.path + "/receiver_filelog_")
    try HostFiles.write(block + block, to: directory.path + "/receiver_filelog_.backup")
    mkdir(directory.path + "/tempdb1", 0o700)
    try HostFiles.write(block, to: directory.path + "/tempdb1/file")
    symlink("/", directory.path + "/link")
    let usage = try volume().usage()
    #expect((4 * 8192..<4 * 8192 + 64 << 10).contains(usage.bytes), "\(usage.bytes)")
    #expect(usage.largestPassing?.name == "receiver_filelog_.backup")
  }

  @Test func sparseFilesOfAnyLengthTakeNoBlocks() throws {
    // As long as the file system lets a file be.
    for name in ["receiver_a", "receiver_b"] { try sparse(name, 1 << 42) }
    let usage = try volume().usage()
    #expect(usage.bytes < 1 << 20)
    var clamped = VolumeUsage()
    clamped.add("a", blocks: .max)
    clamped.add("b", blocks: .max)
    #expect(clamped.bytes == .max)
  }

  @Test(arguments: ["link", "fifo", "directory"])
  func whatStandsInAFilesPlaceIsReplacedAndNeverFollowed(_ kind: String) throws {
    let path = directory.path + "/receiver_filelog_"
    try HostFiles.write([9], to: directory.path + "/target")
    switch kind {
    case "link": symlink(directory.path + "/target", path)
    case "fifo": mkfifo(path, 0o600)
    default:
      mkdir(path, 0o700)
      try HostFiles.write([7], to: path + "/inside")
    }
    let volume = try volume()
    let error = #expect(throws: BoltError.self) { _ = try volume.file("receiver_filelog_") }
    #expect(error?.code == (kind == "link" ? .notADatabase : .notAFile))
    let content = BoltContent(transaction: 3, pageSize: 4096, root: BoltBucket())
    let outcomes = try SnapshotRestorer(volume: volume).apply(
      Snapshot(files: ["receiver_filelog_": .database(content)]))
    guard case .replacedDamaged = outcomes["receiver_filelog_"] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(try HostFiles.read(path) == content.compactFile())
    #expect(try HostFiles.read(directory.path + "/target") == [9])
    // A second start finds nothing to do, and what was set aside does not keep it from starting.
    _ = try SnapshotRestorer(volume: volume).apply(Snapshot())
    let inside = HostFiles.list(directory.path).filter { $0.hasSuffix("/inside") }
    #expect(inside.count == (kind == "directory" ? 1 : 0))
  }

  @Test func payloadIsRestoredFileByFile() throws {
    let content = BoltContent(transaction: 3, pageSize: 4096, root: BoltBucket())
    let snapshot = Snapshot(files: [
      "exporter_otlp__": .database(content), "plain": .plain([1, 2]),
      "receiver_filelog_": .database(content),
    ])
    let payload = Payload.pack(snapshot, directory: "/elsewhere")
    let volume = try volume()
    let names = try Payload.verify(payload).sound
    let outcomes = try SnapshotRestorer(volume: volume).apply(payload, names: names)
    #expect(outcomes.values.allSatisfy { $0 == .restored } && outcomes.count == 3)
    for (name, file) in snapshot.files {
      #expect(try HostFiles.read(directory.path + "/" + name) == file.bytes)
    }
  }
}
