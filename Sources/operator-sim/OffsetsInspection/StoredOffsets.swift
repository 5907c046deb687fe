internal import BoltFile
internal import FilelogCheckpoint
internal import OffsetSync

/// What an offsets directory or a snapshot of one holds, for people.
public struct StoredOffsets: Equatable, Sendable {
  /// Sorted by name.
  public var databases: [Database]
  /// Files that are not databases.
  public var others: [OtherFile]

  /// A file that is not a database.
  public struct OtherFile: Equatable, Sendable {
    /// Its plain name in the offsets directory.
    public var name: String
    /// Its length.
    public var bytes: Int
  }

  /// One component's database.
  public struct Database: Equatable, Sendable {
    /// The file's name, `receiver_filelog_` for instance: the component's kind, type and name.
    public var name: String
    /// The file's length, as it lies in its directory or in a payload, where that packs it more densely;
    /// nil where it cannot be told.
    public var bytes: Int?
    /// When the file was last written, in nanoseconds since 1970; nil where it cannot be told:
    /// payloads of this project's sidecar do not say it.
    public var written: Int64?
    /// What is in it.
    public var content: Content

    /// What a database turned out to be.
    public enum Content: Equatable, Sendable {
      /// A file log receiver's.
      case receiver(Receiver)
      /// Another component's, an exporter's queue for instance: how many entries it has.
      case other(transaction: UInt64, entries: Int)
      /// It cannot be read, and why.
      case unreadable(String)
    }
  }

  /// What a file log receiver stores.
  public struct Receiver: Equatable, Sendable {
    /// The id of the transaction in force.
    public var transaction: UInt64
    /// `protobuf`, `json`, or nil where no log file is known.
    public var encoding: String?
    /// Sorted by path.
    public var files: [LogFile]
    /// Files that the receiver keeps in its archive (`polls_to_archive`).
    public var archivedFiles: Int
    /// Stored values that are not checkpoints, with the reason.
    public var damage: [String]
  }

  /// One log file that the receiver knows.
  public struct LogFile: Equatable, Sendable {
    /// Nil where the receiver was not told to keep paths.
    public var path: String?
    /// Bytes read.
    public var offset: Int64
    /// Records read; 0 where the receiver does not count them.
    public var records: Int64
    /// Length of the beginning that the file is known by.
    public var fingerprintBytes: Int
    /// In nanoseconds since 1970.
    public var lastChange: Int64?
  }

  init(databases: [Database] = [], others: [OtherFile] = []) {
    self.databases = databases
    self.others = others
  }

  /// What a snapshot holds; values that cannot be read are listed, not thrown.
  /// - Parameter files: how its files were packed.
  init(_ files: [PackedFile]) {
    self.init()
    for file in files.sorted(by: { $0.name < $1.name }) {
      let content: Database.Content
      switch file.content {
      case .success(.plain(let bytes)):
        others.append(OtherFile(name: file.name, bytes: bytes.count))
        continue
      case .success(.database(let database)): content = Database.Content(database)
      case .failure(let error): content = .unreadable(Self.reason(error))
      }
      databases.append(
        Database(
          name: file.name, bytes: file.bytes,
          written: file.modified.flatMap { Self.nanoseconds(seconds: $0) }, content: content))
    }
  }

  static func nanoseconds(seconds: Int) -> Int64? {
    let (product, overflows) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? nil : product
  }

  /// Whether everything in it can be read.
  public var isSound: Bool { databases.allSatisfy(\.isSound) }

  /// Log files of all databases together.
  public var fileCount: Int {
    databases.reduce(0) { count, database in
      if case .receiver(let receiver) = database.content {
        count + receiver.files.count
      } else {
        count
      }
    }
  }

  /// When any log file was last seen to grow, in nanoseconds since 1970.
  public var lastChange: Int64? { databases.compactMap(\.lastChange).max() }
}

extension StoredOffsets.Database {
  /// When any of its log files was last seen to grow, in nanoseconds since 1970.
  public var lastChange: Int64? {
    guard case .receiver(let receiver) = content else { return nil }
    return receiver.files.compactMap(\.lastChange).max()
  }

  /// Whether everything in it can be read.
  public var isSound: Bool {
    switch content {
    case .receiver(let receiver): receiver.damage.isEmpty
    case .other: true
    case .unreadable: false
    }
  }
}

extension StoredOffsets.Database.Content {
  init(_ content: BoltContent) {
    guard case .bucket(let bucket) = content.root[Checkpoint.bucket],
      bucket.entries.contains(where: { Checkpoint.isCheckpointKey(Array($0.key)) })
    else {
      self = .other(
        transaction: content.transaction, entries: Self.valueCount(content.root))
      return
    }
    self = .receiver(StoredOffsets.Receiver(bucket, transaction: content.transaction))
  }

  private static func valueCount(_ bucket: BoltBucket) -> Int {
    bucket.entries.reduce(0) { count, entry in
      switch entry.content {
      case .value: count + 1
      case .bucket(let child): count + valueCount(child)
      }
    }
  }
}

extension StoredOffsets.Receiver {
  init(_ bucket: BoltBucket, transaction: UInt64) {
    self.init(
      transaction: transaction, encoding: nil, files: [], archivedFiles: 0, damage: [])
    for entry in bucket.entries where Checkpoint.isCheckpointKey(Array(entry.key)) {
      guard case .value(let value) = entry.content, !value.isEmpty else { continue }
      do {
        let checkpoint = try Checkpoint(decoding: Array(value))
        if entry.key.elementsEqual(Checkpoint.knownFilesKey) {
          encoding = checkpoint.encoding.rawValue
          files = checkpoint.files.map(StoredOffsets.LogFile.init)
        } else {
          archivedFiles += checkpoint.files.count
        }
      } catch {
        damage.append("\(String(decoding: entry.key, as: UTF8.self)): \(error)")
      }
    }
    files.sort { ($0.path ?? "", $0.offset) < ($1.path ?? "", $1.offset) }
  }
}

extension StoredOffsets.LogFile {
  init(_ file: KnownFile) {
    self.init(
      path: file.path ?? file.name, offset: file.offset, records: file.recordNumber,
      fingerprintBytes: file.fingerprint.count, lastChange: file.lastDataChange)
  }
}
