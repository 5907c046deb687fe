import BoltFile
import FilelogCheckpoint
import StandInCollector

/// A receiver's database in which one log file is read a line further at a time.
final class GrowingLog {
  private let writer: InPlaceBoltWriter
  private var checkpoint: Checkpoint

  init(path: String) throws {
    writer = try InPlaceBoltWriter(path: path)
    guard case .bucket(let bucket)? = writer.root[Checkpoint.bucket],
      case .value(let value)? = bucket[Checkpoint.knownFilesKey]
    else { throw Sidecar.Failure(description: "\(path) holds no checkpoint") }
    checkpoint = try Checkpoint(decoding: Array(value))
  }

  /// Commits that a line more was read.
  func grow() throws {
    checkpoint.files[checkpoint.files.count / 2].offset += 120
    checkpoint.files[checkpoint.files.count / 2].recordNumber += 1
    let value = BoltBucket.Entry.Content.value(checkpoint.encoded()[...])
    var root = writer.root
    root.entries = root.entries.map { entry in
      guard case .bucket(var bucket) = entry.content, entry.key.elementsEqual(Checkpoint.bucket)
      else { return entry }
      bucket.entries = bucket.entries.map {
        $0.key.elementsEqual(Checkpoint.knownFilesKey) ? .init(key: $0.key, content: value) : $0
      }
      return .init(key: entry.key, content: .bucket(bucket))
    }
    try writer.commit(root)
  }

  /// Commits what is there already, as a receiver does at a poll that found nothing.
  func poll() throws { try writer.commit(writer.root) }
}
