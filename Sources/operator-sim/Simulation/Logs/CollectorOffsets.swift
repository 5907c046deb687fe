internal import BoltFile
internal import FilelogCheckpoint

/// How far a node's collector has read its log files, by what lies on the offsets volume.
struct CollectorOffsets {
  /// Records read of each file that is known.
  var records: [RecordIdentity.File: Int] = [:]
  /// When the newest of the receivers' databases was written last; nil without one.
  var lastCommit: ContinuousClock.Instant?

  /// Reads the receivers' databases, also while a collector writes them.
  /// - Returns: nil when one of them cannot be read.
  static func read(directory: String) -> CollectorOffsets? {
    var offsets = CollectorOffsets()
    for name in Files.contents(of: directory) where name.hasPrefix("receiver_") {
      guard let source = try? FileSource(path: "\(directory)/\(name)"),
        let content = try? BoltDatabase.readLive(source, pause: { attempt in attempt < 10 }),
        let modified = try? source.modified()
      else { return nil }
      offsets.add(content)
      let commit = ContinuousClock.now - (WallClock.sinceEpoch - modified)
      offsets.lastCommit = max(offsets.lastCommit ?? commit, commit)
    }
    return offsets
  }

  private mutating func add(_ content: BoltContent) {
    guard case .bucket(let bucket) = content.root[Checkpoint.bucket],
      case .value(let value) = bucket[Checkpoint.knownFilesKey],
      let checkpoint = try? Checkpoint(decoding: Array(value))
    else { return }
    for file in checkpoint.files {
      // The first line of every simulated log file names the file.
      let beginning = String(decoding: file.fingerprint, as: UTF8.self)
      guard let first = RecordIdentity(body: beginning) else { continue }
      let count = Int(file.offset) / ApplicationLogs.lineLength
      records[first.file] = max(records[first.file] ?? 0, count)
    }
  }
}
