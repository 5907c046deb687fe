internal import BoltFile
internal import FilelogCheckpoint

/// How far a receiver had read its log files at a commit.
///
/// Packed files are left out: the receiver takes one as read to its end when it is stopped while it
/// reads it.
struct ReadProgress: ConfirmableContent {
  /// By the hash of the fingerprint, which is keyed anew in each process, so that log files cannot be
  /// made to collide.
  private var offsets: [Int: Int64] = [:]
  /// A poll commits once, or more often with an archive.
  let commitsPerPoll: UInt64

  /// - Parameter content: of a receiver's database; of one that does not decode nothing is known.
  init(_ content: BoltContent) {
    commitsPerPoll = content.commitsPerPoll
    guard case .bucket(let bucket)? = content.root[Checkpoint.bucket],
      case .value(let value)? = bucket[Checkpoint.knownFilesKey]
    else { return }
    try? Checkpoint.forEachReadOffset(in: value) { file in
      guard !file.isPacked, offsets.count < Checkpoint.mostFiles else { return }
      var hasher = Hasher()
      file.fingerprint.withUnsafeBytes { hasher.combine(bytes: $0) }
      let key = hasher.finalize()
      offsets[key] = max(offsets[key] ?? 0, file.offset)
    }
  }

  func isBeyond(_ other: Self) -> Bool {
    offsets.contains { key, offset in other.offsets[key].map { offset > $0 } ?? false }
  }
}
