import BoltFile
import FilelogCheckpoint
import FilelogCommandLine
import OffsetSync
import StandInCollector
import TestSupport

/// How large a payload is for so many log files: what `operator-sim plan` is fitted to.
///
/// The log files are those of a real collector that read 2,000 of them, with the first 1,000 bytes of
/// each; a stand-in collector writes the first so many into a database of its own.
struct PayloadSizes {
  static let counts = [1, 10, 25, 50, 100, 200, 500, 1000, 2000]

  private let files: [KnownFile]

  init() throws {
    let fixture = Fixture(name: "collector/2000-files/receiver_filelog_")
    let database = try BoltDatabase.read(MemorySource(fixture.bytes()[...], name: fixture.name))
    guard case .bucket(let bucket)? = database.root[Checkpoint.bucket],
      case .value(let value)? = bucket[Checkpoint.knownFilesKey]
    else { throw CommandFailure("the fixture of 2,000 files holds no checkpoint") }
    files = try Checkpoint(decoding: Array(value)).files
  }

  /// Bytes of the payload of a node with so many log files.
  func bytes(files count: Int) throws -> Int {
    let directory = TemporaryDirectory()
    let name = "receiver_filelog_"
    let writer = try InPlaceBoltWriter(path: directory.path + "/" + name)
    let value = Checkpoint(files: Array(files.prefix(count))).encoded()
    let entry = BoltBucket.Entry(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    let bucket = BoltBucket(entries: [entry])
    try writer.commit(
      BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
    let written = try BoltDatabase.read(try Volume(path: directory.path).file(name))
    return Payload.pack(
      Snapshot(files: [name: .database(written)]), directory: Payload.contractDirectory
    ).count
  }
}
