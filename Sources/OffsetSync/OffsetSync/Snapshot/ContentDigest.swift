internal import BoltFile
internal import FilelogCheckpoint
internal import FilelogEncodings

/// Identifies what a file of a snapshot says, whatever the bytes that say it.
///
/// Left out: transaction ids (a collector commits at every poll, 5 times a second, also when no log
/// line came), page layout, and the order of a receiver's entries (it changes as files come and go,
/// and at a clean stop).
struct ContentDigest: Hashable, Sendable {
  private let bytes: [UInt8]

  /// - Parameter canonical: false for a cheaper digest in which the order of entries counts.
  init(_ file: Snapshot.File, canonical: Bool = true) {
    var hash = Hasher(canonical: canonical)
    switch file {
    case .plain(let bytes):
      hash.add(number: 0)
      hash.add(bytes)
    case .database(let content):
      hash.add(number: 1)
      hash.add(content.root)
    }
    bytes = hash.finish()
  }

  /// In hexadecimal, as a file may keep it.
  var text: String { bytes.hexadecimal }

  /// Feeds values with their lengths, so that no two different files feed the same bytes.
  private struct Hasher: ~Copyable {
    private var hash = FastSHA256()
    private let canonical: Bool

    init(canonical: Bool) { self.canonical = canonical }

    mutating func add(_ bytes: some Collection<UInt8>) {
      add(number: UInt64(bytes.count))
      hash.update(bytes)
    }

    mutating func add(_ bucket: BoltBucket) {
      add(number: bucket.sequence)
      add(number: UInt64(bucket.entries.count))
      for entry in bucket.entries {
        add(entry.key)
        switch entry.content {
        case .bucket(let child): add(child)
        case .value(let value) where canonical && Checkpoint.isCheckpointKey(Array(entry.key)):
          add(canonical: value)
        case .value(let value): add(value)
        }
      }
    }

    private mutating func add(canonical value: ArraySlice<UInt8>) {
      add(number: UInt64(value.count))
      forEachPartOfCanonicalContent(of: value) { hash.update($0) }
    }

    consuming func finish() -> [UInt8] { hash.finish() }

    mutating func add(number: UInt64) {
      withUnsafeBytes(of: number.littleEndian) { hash.update(Array($0)) }
    }
  }
}

extension Snapshot {
  /// What each file says. Two snapshots with equal digests need not be stored twice.
  var digests: [String: ContentDigest] { files.mapValues { ContentDigest($0) } }

  /// When each file was last written, as far as that is told.
  var times: [String: Duration] { files.compactMapValues(\.writtenAt) }
}

/// The digest of a file that is read again and again. Sorting entries costs more than hashing them,
/// and nearly always nothing moved.
struct CachedDigest {
  private var last: (raw: ContentDigest, canonical: ContentDigest)?

  mutating func digest(of file: Snapshot.File) -> ContentDigest {
    let raw = ContentDigest(file, canonical: false)
    if let last, last.raw == raw { return last.canonical }
    let canonical = ContentDigest(file)
    last = (raw, canonical)
    return canonical
  }
}
