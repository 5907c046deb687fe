internal import BoltFile

/// Follows the receivers' databases over time, and says what of a look may be stored: of each
/// receiver the newest checkpoint that is known to be true, of everything else the newest state.
final class ConfirmedCheckpoints {
  /// A receiver whose newest checkpoint was not stored.
  struct Withheld: Hashable {
    let name: String
    /// Nil when what was stored before stands.
    let stored: BoltFormat.TransactionID?
    let newest: BoltFormat.TransactionID
  }

  private struct Database {
    var truth = CheckpointConfirmation<KeptFile>()
    var newest: CheckpointConfirmation<KeptFile>.Checkpoint
    var digests = CachedDigest()
  }

  private let volume: Volume
  private let host: any HostEnvironment
  private var databases: [String: Database] = [:]
  /// Wall clock less monotonic clock, as of the last look: it changes when somebody sets the clock.
  private var clockOffset: Duration?
  private var lookCost = Duration.zero

  init(volume: Volume, host: any HostEnvironment) {
    self.volume = volume
    self.host = host
  }

  /// Notes a look, and asks of each receiver's database what only matters here.
  /// - Parameter began: before the look.
  func note(_ look: VolumeScanner.Scan, began: Duration) {
    let isClockSteady = checkClock()
    databases = databases.filter { look.snapshot.files[$0.key] != nil }
    for (name, file) in look.snapshot.files
    where FileName.mayHoldCheckpoints(name) && look.unreadable[name] == nil {
      guard case .database(let content) = file, let source = try? volume.file(name) else {
        continue
      }
      var age: Duration?
      if isClockSteady, let wall = host.wallClock, let written = try? source.modified(),
        written <= wall
      {
        age = wall - written
      }
      // A lock that cannot be asked for proves nothing.
      let isHeld = (try? source.isLocked()) ?? false
      note(name, content, age: age, isHeld: isHeld, began: began)
    }
    lookCost = host.now - began
  }

  private func note(
    _ name: String, _ content: BoltContent, age: Duration?, isHeld: Bool, began: Duration
  ) {
    let snapshot = Snapshot(files: [name: .database(content)])
    var digests = databases[name]?.digests ?? CachedDigest()
    let digest = digests.digest(of: snapshot)
    // Content that did not change need not be packed again.
    let known = databases[name].flatMap { $0.newest.content.digest == digest ? $0.newest : nil }
    let kept = known?.content ?? KeptFile(name: name, content, digest)
    let newest = CheckpointConfirmation<KeptFile>.Checkpoint(
      transaction: content.transaction, content: kept)
    var database = databases[name] ?? Database(newest: newest)
    database.digests = digests
    database.newest = newest
    database.truth.note(
      CheckpointConfirmation<KeptFile>.Look(
        began: began, ended: host.now, transaction: content.transaction, content: kept,
        bytes: kept.bytes, age: age, isHeld: isHeld))
    databases[name] = database
  }

  /// Notes which databases are still held, without reading them.
  func noteHeld() {
    for name in databases.keys {
      let now = host.now
      guard let file = try? volume.file(name), (try? file.isLocked()) == true else { continue }
      databases[name]?.truth.noteHeld(at: now)
    }
  }

  /// How soon another look may prove what this one saw; nil when there is nothing to prove. A look
  /// takes at most a tenth of the time.
  var nextLook: Duration? {
    guard databases.values.contains(where: \.truth.hasCandidates) else { return nil }
    return max(.seconds(1), lookCost * 10)
  }

  /// What may be stored of what a look saw.
  /// - Parameter stored: what is stored already, which stands where nothing newer is known to be
  ///   true; asked only then.
  func storable(_ snapshot: Snapshot, stored: () -> Snapshot?) -> Snapshot {
    var storable = snapshot
    var before: Snapshot??
    for name in snapshot.files.keys where FileName.mayHoldCheckpoints(name) {
      let database = databases[name]
      if let delivered = database?.truth.delivered {
        // Equal content in the newest transaction.
        if delivered.content == database?.newest.content { continue }
        if let file = delivered.content.file {
          storable.files[name] = file
          continue
        }
      }
      if before == nil { before = .some(stored()) }
      storable.files[name] = (before ?? nil)?.files[name]
    }
    return storable
  }

  /// The receivers whose newest checkpoint is not known to be true.
  var withheld: [Withheld] {
    databases.sorted { $0.key < $1.key }.compactMap { name, database in
      guard database.truth.delivered?.content != database.newest.content else { return nil }
      return Withheld(
        name: name, stored: database.truth.delivered?.transaction,
        newest: database.newest.transaction)
    }
  }

  /// Whether the wall clock went on as the monotonic one did since the last look. Files are stamped
  /// by the wall clock, and a clock that was set would make a fresh checkpoint look old.
  private func checkClock() -> Bool {
    guard let wall = host.wallClock else { return false }
    let offset = wall - host.now
    defer { clockOffset = offset }
    guard let clockOffset else { return false }
    let change = offset - clockOffset
    return change < .milliseconds(10) && change > .milliseconds(-10)
  }
}

/// The content of one database, kept in memory while it may still be stored.
private struct KeptFile: Equatable {
  let bytes: Int
  private let name: String
  let digest: ContentDigest
  private let form: Form

  private enum Form {
    case read(BoltContent)
    /// As a payload of its own, a fifth as large.
    case packed([UInt8])
  }

  /// From here on memory counts for more than the time that packing takes.
  private static let packedFrom = 512 << 10
  private static let folder = Payload.contractDirectory

  init(name: String, _ content: BoltContent, _ digest: ContentDigest) {
    self.name = name
    self.digest = digest
    bytes = content.root.size
    let snapshot = Snapshot(files: [name: .database(content)])
    form =
      bytes < Self.packedFrom
      ? .read(content) : .packed(Payload.pack(snapshot, directory: Self.folder))
  }

  var file: Snapshot.File? {
    switch form {
    case .read(let content): .database(content)
    case .packed(let payload):
      (try? Payload.unpack(payload))?.files[name]
    }
  }

  static func == (one: Self, other: Self) -> Bool { one.digest == other.digest }
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
