internal import BoltFile

/// Follows the receivers' databases over time, and says what of a scan may be stored: of each
/// receiver the newest checkpoint that is confirmed, of everything else the newest state.
struct ConfirmedCheckpoints {
  /// A receiver whose newest checkpoint was not stored.
  struct Withheld: Hashable {
    let name: String
    /// Nil when what was stored before stands.
    let stored: BoltFormat.TransactionID?
    let newest: BoltFormat.TransactionID
  }

  private struct Database {
    var confirmation = CheckpointConfirmation<KeptFile>()
    /// As it was before its receiver read anything.
    let unread: BoltContent
    /// As the last scan read it.
    var newest: CheckpointConfirmation<KeptFile>.Checkpoint
  }

  private var databases: [String: Database] = [:]

  /// Notes what a scan found of each receiver's database.
  mutating func note(_ scan: VolumeScan) {
    databases = databases.filter {
      scan.snapshot.files[$0.key] != nil || scan.unreadable[$0.key] != nil
    }
    for (name, file) in scan.snapshot.files where FileName.mayHoldCheckpoints(name) {
      guard case .database(let content) = file, let digest = scan.digests[name] else { continue }
      note(name, content, digest)
    }
  }

  private mutating func note(_ name: String, _ content: BoltContent, _ digest: ContentDigest) {
    // Content that did not change need not be packed again.
    let known = databases[name].flatMap { $0.newest.content.digest == digest ? $0.newest : nil }
    let kept = known?.content ?? KeptFile(name: name, content, digest)
    let newest = CheckpointConfirmation<KeptFile>.Checkpoint(
      transaction: content.transaction, content: kept)
    var database = databases[name] ?? Database(unread: content.unread, newest: newest)
    database.newest = newest
    database.confirmation.note(content.transaction, content: kept)
    databases[name] = database
  }

  /// Notes what peeks found.
  /// - Returns: whether a database holds another transaction than the last scan read.
  mutating func note(_ peeks: [DatabasePeek]) -> Bool {
    var hasMoved = false
    for peek in peeks {
      guard let database = databases[peek.name] else { continue }
      if peek.transaction != database.newest.transaction { hasMoved = true }
      databases[peek.name]?.confirmation.note(peek.transaction)
    }
    return hasMoved
  }

  /// The receivers' databases that the last scan found.
  var names: [String] { databases.keys.sorted() }

  /// Whether what comes later may confirm something that was read.
  var hasCandidates: Bool { databases.values.contains(where: \.confirmation.hasCandidates) }

  /// What may be stored of what a scan found: where nothing is confirmed and nothing stored, that
  /// nothing was read.
  /// - Parameter stored: what is stored already, which stands where nothing newer is confirmed; asked
  ///   only then.
  func storable(_ state: SnapshotState, stored: () -> SnapshotState?) -> SnapshotState {
    var storable = state
    var before: SnapshotState??
    for name in state.snapshot.files.keys where FileName.mayHoldCheckpoints(name) {
      if let confirmed = databases[name]?.confirmation.confirmed {
        // Equal content in the newest transaction.
        if confirmed.content.digest == state.digests[name] { continue }
        if let file = confirmed.content.file {
          storable.set(name, file, confirmed.content.digest)
          continue
        }
      }
      if before == nil { before = .some(stored()) }
      if (before ?? nil)?.snapshot.files[name] == nil, let unread = databases[name]?.unread {
        // Nothing is known to be delivered. The next pod still has to know since when it is to be:
        // what was rotated meanwhile it would take for history.
        storable.set(name, .database(unread), ContentDigest(.database(unread)))
      } else {
        storable.take(name, from: before ?? nil)
      }
    }
    return storable
  }

  /// The receivers whose newest checkpoint is not confirmed.
  var withheld: [Withheld] {
    databases.sorted { $0.key < $1.key }.compactMap { name, database in
      guard database.confirmation.confirmed?.content != database.newest.content else { return nil }
      return Withheld(
        name: name, stored: database.confirmation.confirmed?.transaction,
        newest: database.newest.transaction)
    }
  }
}

/// The content of one database, kept in memory while it may still be stored.
private struct KeptFile: Equatable, ConfirmableContent {
  private let name: String
  let digest: ContentDigest
  private let progress: ReadProgress
  private let form: Form

  private enum Form {
    case read(BoltContent)
    /// As a payload of its own, a fifth as large.
    case packed([UInt8])
  }

  /// From here on memory counts for more than the time that packing takes.
  private static let packedFrom = 512 << 10
  private static let directory = Payload.contractDirectory

  init(name: String, _ content: BoltContent, _ digest: ContentDigest) {
    self.name = name
    self.digest = digest
    progress = ReadProgress(content)
    let snapshot = Snapshot(files: [name: .database(content)])
    form =
      content.root.size < Self.packedFrom
      ? .read(content) : .packed(Payload.pack(snapshot, directory: Self.directory))
  }

  var file: Snapshot.File? {
    switch form {
    case .read(let content): .database(content)
    case .packed(let payload):
      (try? Payload.unpack(payload))?.files[name]
    }
  }

  static func == (one: Self, other: Self) -> Bool { one.digest == other.digest }

  func isBeyond(_ other: Self) -> Bool {
    if progress.isBeyond(other.progress) { return true }
    // What is packed is not unpacked for this.
    guard self != other, case .read(let content) = form, case .read(let earlier) = other.form
    else { return false }
    return ReadProgress.hasBegunFile(content, since: earlier)
  }

  var commitsPerPoll: UInt64 { progress.commitsPerPoll }
}

extension BoltBucket {
  /// Bytes of all keys and values.
  fileprivate var size: Int {
    entries.reduce(0) { sum, entry in
      switch entry.content {
      case .value(let value): sum + entry.key.count + value.count
      case .bucket(let child): sum + entry.key.count + child.size
      }
    }
  }
}
