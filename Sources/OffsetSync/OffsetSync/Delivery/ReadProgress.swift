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
    guard let value = content.knownFiles else { return }
    try? Checkpoint.forEachReadOffset(in: value) { file in
      guard !file.isPacked, offsets.count < Checkpoint.mostFiles else { return }
      let key = Self.hash(file.fingerprint)
      offsets[key] = max(offsets[key] ?? 0, file.offset)
    }
  }

  func isBeyond(_ other: Self) -> Bool {
    offsets.contains { key, offset in other.offsets[key].map { offset > $0 } ?? false }
  }
}

/// Files that a receiver began between two commits. Where all that grow were rotated, nothing else shows
/// that it has read on: it lists them for three polls more, and the fingerprints of their successors are
/// other ones until they are long enough.
extension ReadProgress {
  /// By so many bytes a file is recognized while its fingerprint grows. Lines of container runtimes begin
  /// with their times, and need 40.
  private static let beginning = 64

  /// Whether a file was read of which an earlier commit knew nothing, or less than its beginning. A receiver
  /// that stops may list new files, and longer fingerprints, but has read nothing of them.
  /// - Parameters:
  ///   - content: of a receiver's database.
  ///   - earlier: as that was before.
  static func hasBegunFile(_ content: BoltContent, since earlier: BoltContent) -> Bool {
    // From an archive an offset may come back without any reading.
    guard content.commitsPerPoll == 1, earlier.commitsPerPoll == 1,
      let newest = content.knownFiles, let before = earlier.knownFiles
    else { return false }
    var known: [Int: Int64] = [:]
    var hasBegun = false
    do throws(CheckpointError) {
      try Checkpoint.forEachFile(in: before) { file in
        let offset = file.fileType.isEmpty ? file.offset : .max
        let key = hash(file.fingerprint.prefix(beginning))
        known[key] = max(known[key] ?? 0, offset)
      }
      try Checkpoint.forEachFile(in: newest) { file in
        guard file.fileType.isEmpty, file.offset > Int64(beginning) else { return }
        let key = hash(file.fingerprint.prefix(beginning))
        if file.offset > known[key] ?? 0 { hasBegun = true }
      }
    } catch { return false }
    return hasBegun
  }

  private static func hash(_ bytes: ArraySlice<UInt8>) -> Int {
    var hasher = Hasher()
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize()
  }
}
