internal import BoltFile
internal import FilelogCheckpoint

/// What receivers know of log files, by fingerprints, and until when they looked.
struct KnownLogFiles {
  /// How far a file was read.
  struct Progress: Hashable {
    /// Where one entry, or several of one fingerprint, say least; nil: no entry of the plain file.
    var offset: Int64?
    /// As ``offset``, of the packed file: its length in packed bytes once it was read.
    var packedOffset: Int64?

    fileprivate init() {}

    fileprivate init(_ file: KnownFile) {
      if file.fileType.isEmpty { offset = file.offset } else { packedOffset = file.offset }
    }

    fileprivate mutating func add(_ other: Self) {
      offset = [offset, other.offset].compactMap { $0 }.min()
      packedOffset = [packedOffset, other.packedOffset].compactMap { $0 }.min()
    }
  }

  /// When the receivers last looked at their files, and ``ReceiverLooks/lag``: what began later is
  /// unknown to them. Nil where nothing is known of any receiver. Of several receivers the one that looked
  /// first, so that errors repeat records rather than skip them.
  private(set) var lastLook: Duration?
  private var lengths: [Int] = []
  private var progress: [Key: Progress] = [:]

  /// A fingerprint. The hash is keyed anew in each process, so no writer of logs can aim at it.
  private struct Key: Hashable {
    let length: Int
    let hash: Int
  }

  /// More entries than any volume holds of the size that receivers write. What comes after them is
  /// unknown, and read again.
  private static let most = 1 << 16

  /// What these databases hold; those that hold no checkpoint, or none that decodes, are passed over.
  init(_ databases: some Sequence<BoltContent>) {
    for database in databases {
      var isReceiver = false
      for value in database.checkpoints {
        var files: [(key: Key?, file: Progress)] = []
        do throws(CheckpointError) {
          try Checkpoint.forEachFile(in: value) { file in
            let prefix = file.fingerprint.prefix(LogFileHead.prefixBytes)
            files.append((Self.keys(of: prefix, lengths: [prefix.count]).last, Progress(file)))
          }
        } catch { continue }
        isReceiver = true
        for case (let key?, let file) in files where progress.count < Self.most {
          progress[key, default: Progress()].add(file)
        }
      }
      // Payloads of earlier versions lack the time; then it looked at least when it last read something.
      if isReceiver, let look = database.committed ?? database.lastGrowth {
        lastLook = min(lastLook ?? look, look)
      }
    }
    lengths = Set(progress.keys.map(\.length)).sorted()
  }

  /// Whether the last look is another's, which knows nothing of what it saw.
  private(set) var isLookLimited = false

  /// What came after this moment is unknown to the receivers, whatever they say of themselves.
  mutating func limitLook(to time: Duration) {
    if let lastLook, lastLook <= time { return }
    lastLook = time
    isLookLimited = true
  }

  /// Whether nothing is known: a first start, or one whose state was lost.
  var isEmpty: Bool { lastLook == nil && progress.isEmpty }

  /// How far a file with this beginning was read; nil when it is unknown. Of several entries the one
  /// with the longest fingerprint.
  func progress(of prefix: [UInt8]) -> Progress? {
    for key in Self.keys(of: prefix[...], lengths: lengths).reversed() {
      if let found = progress[key] { return found }
    }
    return nil
  }

  /// Bytes that are hashed at once, so that the hash of a beginning does not depend on which other
  /// lengths there are.
  private static let step = 64

  /// One for each of these lengths, which ascend, up to that of the bytes; in one pass.
  private static func keys(of bytes: ArraySlice<UInt8>, lengths: [Int]) -> [Key] {
    var hasher = Hasher()
    var done = 0
    var keys: [Key] = []
    bytes.withUnsafeBytes { bytes in
      for length in lengths where length > 0 {
        guard length <= bytes.count else { return }
        while done + step <= length {
          hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[done..<done + step]))
          done += step
        }
        var rest = hasher
        rest.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[done..<length]))
        keys.append(Key(length: length, hash: rest.finalize()))
      }
    }
    return keys
  }
}
