internal import BoltFile
internal import FilelogCheckpoint
internal import Glibc

/// A receiver's database, with the transactions that the real receiver would commit.
struct ReceiverStorage {
  private let writer: InPlaceBoltWriter
  /// What was known when the database was opened.
  private(set) var known: [KnownFile] = []

  /// Opens the database and reads the checkpoint in it: two transactions, one that sees to the
  /// bucket and one that reads, since the extension reads in a transaction that may write.
  ///
  /// A checkpoint that does not decode is replaced by an empty one before this throws.
  ///
  /// - Parameter recreates: an unsound database is renamed and begun anew.
  init(path: String, recreates: Bool) throws {
    writer = try Self.open(path, recreates: recreates)
    if writer.root[Checkpoint.bucket] == nil {
      try writer.commit(stored: BoltBucket())
    } else {
      try writer.commitUnchanged()
    }
    if case .value(let value) = writer.stored[Checkpoint.knownFilesKey] {
      do {
        known = try Checkpoint(decoding: Array(value)).files
      } catch {
        // What the real one does on its way out, and so loses what a reader of the database might
        // still have understood.
        try store([])
        throw error
      }
    } else {
      known = []
    }
    try writer.commitUnchanged()
  }

  private static func open(_ path: String, recreates: Bool) throws -> InPlaceBoltWriter {
    do {
      return try InPlaceBoltWriter(path: path)
    } catch let error where recreates && !(error is BoltWriterError) {
      guard rename(path, path + ".backup") == 0 else { throw error }
      return try InPlaceBoltWriter(path: path)
    }
  }

  /// Stores a checkpoint in a transaction of its own.
  func store(_ files: [KnownFile]) throws {
    var bucket = writer.stored
    bucket.set(Checkpoint.knownFilesKey, .value(Checkpoint(files: files).encoded()[...]))
    try writer.commit(stored: bucket)
  }
}

extension InPlaceBoltWriter {
  /// What the extension has stored: it keeps everything in one bucket.
  var stored: BoltBucket {
    if case .bucket(let bucket) = root[Checkpoint.bucket] { bucket } else { BoltBucket() }
  }

  func commit(stored: BoltBucket) throws {
    var root = root
    root.set(Checkpoint.bucket, .bucket(stored))
    try commit(root)
  }
}

extension BoltBucket {
  mutating func set(_ key: [UInt8], _ content: Entry.Content) {
    let entry = Entry(key: key[...], content: content)
    let index = entries.firstIndex { !$0.key.lexicographicallyPrecedes(key) } ?? entries.endIndex
    if index < entries.endIndex, entries[index].key.elementsEqual(key) {
      entries[index] = entry
    } else {
      entries.insert(entry, at: index)
    }
  }
}
