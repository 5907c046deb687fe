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

    fileprivate mutating func add(_ file: KnownFile) {
      if file.fileType.isEmpty {
        offset = min(offset ?? .max, file.offset)
      } else {
        packedOffset = min(packedOffset ?? .max, file.offset)
      }
    }
  }

  /// When the receivers last looked at their files, as far as they say: what began later is unknown
  /// to them. Nil where nothing is known of any receiver. Of several receivers the one that looked
  /// first, so that errors repeat records rather than skip them.
  private(set) var lastLook: Duration?
  private var lengths: [Int] = []
  private var progress: [Key: Progress] = [:]

  /// A fingerprint. The hash is keyed anew in each process, so no writer of logs can aim at it.
  private struct Key: Hashable {
    let length: Int
    let hash: Int
  }

  /// What these databases hold; those that hold no checkpoint, or none that decodes, are passed over.
  init(_ databases: some Sequence<BoltContent>) {
    var files: [KnownFile] = []
    for database in databases {
      guard let checkpoints = database.knownFiles else { continue }
      // The time of the last commit, which a receiver makes at the end of each look at its files.
      // Payloads of earlier versions lack it; then it looked at least when it last read something.
      if let look = database.committed ?? checkpoints.lastGrowth {
        lastLook = min(lastLook ?? look, look)
      }
      files += checkpoints
    }
    lengths = Set(files.map { Self.fingerprint($0).count }).subtracting([0]).sorted()
    for file in files where !file.fingerprint.isEmpty {
      let fingerprint = Self.fingerprint(file)
      guard let key = keys(of: fingerprint).last else { continue }
      progress[key, default: Progress()].add(file)
    }
  }

  /// What came after this moment is unknown to the receivers, whatever they say of themselves.
  mutating func limitLook(to time: Duration) { lastLook = min(lastLook ?? time, time) }

  /// Whether nothing is known: a first start, or one whose state was lost.
  var isEmpty: Bool { lastLook == nil && progress.isEmpty }

  /// How far a file with this beginning was read; nil when it is unknown. Of several entries the one
  /// with the longest fingerprint.
  func progress(of prefix: [UInt8]) -> Progress? {
    for key in keys(of: prefix[...]).reversed() {
      if let found = progress[key] { return found }
    }
    return nil
  }

  private static func fingerprint(_ file: KnownFile) -> ArraySlice<UInt8> {
    file.fingerprint.prefix(LogFileHead.prefixBytes)
  }

  /// One for each length of a fingerprint up to that of the bytes, in one pass.
  private func keys(of bytes: ArraySlice<UInt8>) -> [Key] {
    var hasher = Hasher()
    var done = 0
    var keys: [Key] = []
    bytes.withUnsafeBytes { bytes in
      for length in lengths {
        guard length <= bytes.count else { return }
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes[done..<length]))
        done = length
        keys.append(Key(length: length, hash: hasher.finalize(keeping: ())))
      }
    }
    return keys
  }
}

extension Hasher {
  /// The hash of what was added until now; more may be added afterwards.
  fileprivate func finalize(keeping: Void) -> Int {
    let copy = self
    return copy.finalize()
  }
}
