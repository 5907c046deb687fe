import BoltFile
import FilelogCheckpoint

@testable import OffsetSync

extension Snapshot {
  /// Without the times at which log files grew, which differences tell to about a second.
  var withoutTimes: Snapshot {
    var snapshot = self
    for (name, file) in files {
      guard case .database(var content) = file else { continue }
      content.root = content.root.withoutTimes
      snapshot.files[name] = .database(content)
    }
    return snapshot
  }

  /// In stored order.
  var times: [Int64] {
    files.values.flatMap { file in
      guard case .database(let content) = file else { return [Int64]() }
      return content.checkpoints.flatMap { value in
        (try? Checkpoint(decoding: Array(value)).files.compactMap(\.lastDataChange)) ?? []
      }
    }
  }
}

extension BoltBucket {
  fileprivate var withoutTimes: BoltBucket {
    BoltBucket(
      sequence: sequence,
      entries: entries.map { entry in
        switch entry.content {
        case .bucket(let child):
          return Entry(key: entry.key, content: .bucket(child.withoutTimes))
        case .value(let value):
          guard Checkpoint.isCheckpointKey(Array(entry.key)),
            var checkpoint = try? Checkpoint(decoding: Array(value))
          else { return entry }
          for index in checkpoint.files.indices { checkpoint.files[index].lastDataChange = nil }
          return Entry(key: entry.key, content: .value(checkpoint.encoded()[...]))
        }
      })
  }
}
