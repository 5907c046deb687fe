public import BoltFile

/// Puts a stored snapshot into the offsets directory, file by file, never backwards.
public struct SnapshotRestorer {
  /// What became of one file.
  public enum Outcome: Hashable, Sendable {
    /// The stored file was written; there was none.
    case restored
    /// The local database stays: it says the same, or something newer. An init container runs again
    /// on a kept volume after a reboot of the node.
    case keptLocal(transaction: BoltFormat.TransactionID, stored: BoltFormat.TransactionID)
    /// The local database says something else, and the stored one was written over it.
    case replaced(
      Reason, transaction: BoltFormat.TransactionID, stored: BoltFormat.TransactionID)
    /// The local file is not a database and stays as it is.
    case keptPlain
    /// What the directory held could not be read, or the collector could not start with it.
    case replacedDamaged(reason: String)
  }

  /// Why a sound local database was replaced.
  public enum Reason: Hashable, Sendable {
    /// It was last written before the machine started, and not closed in order. The collector does
    /// not sync its databases: after a power cut pages come from different moments, and the whole
    /// may still check clean.
    case writtenBeforeReboot
    /// What is stored is confirmed, and the local state is not: ``Preference/confirmed``.
    case unconfirmed
    /// It lists no files, as a collector leaves it that could not decode its known files.
    case emptied
    /// Everything here was last written before what is stored was: pods on another volume went on
    /// meanwhile, as between `attach --replace-volume` and `--keep-volume`.
    case storedLater
    /// A queue, which takes the receiver's records, had to be replaced by an earlier one.
    case queueReplaced
  }

  /// Why a snapshot was not restored, or not all of it.
  public enum Failure: Error, CustomStringConvertible {
    /// The directory or a file in it cannot be listed or written.
    case volume(VolumeError)
    /// What lies in the directory may be newer than the snapshot, and cannot be read.
    case local(BoltError)

    public var description: String {
      switch self {
      case .volume(let error): error.description
      case .local(let error): error.description
      }
    }
  }

  /// Which of two states of a receiver's database is taken where they differ.
  public enum Preference: Sendable {
    /// The local one.
    case newest
    /// The stored one: of what is stored it is known that its records were delivered, and the local
    /// one may be the last word of a receiver that dropped records while it stopped.
    case confirmed
  }

  let volume: Volume
  let preference: Preference
  let history: VolumeHistory
  let bootID: String?
  let wallClock: Duration?

  /// A restore into this directory.
  public init(volume: Volume, preference: Preference = .newest) {
    self.init(volume: volume, preference: preference, history: VolumeHistory(), bootID: nil)
  }

  /// - Parameters:
  ///   - history: what is known of the directory's past.
  ///   - bootID: of the machine as it runs now.
  ///   - wallClock: the time since 1970; nil: times of files are not compared.
  init(
    volume: Volume, preference: Preference, history: VolumeHistory, bootID: String?,
    wallClock: Duration? = nil
  ) {
    self.volume = volume
    self.preference = preference
    self.history = history
    self.bootID = bootID
    self.wallClock = wallClock
  }

  /// Restores a snapshot that lies in memory.
  /// - Returns: what became of each file, by name.
  /// - Throws: ``Failure`` when a file cannot be read or written; it and those after it are as
  ///   before.
  public func apply(_ snapshot: Snapshot) throws(Failure) -> [String: Outcome] {
    try apply(names: snapshot.names) { visit in
      for name in snapshot.names { try visit(name, snapshot.files[name]!) }
    }
  }

  /// Restores a payload that was verified, holding one file of it at a time.
  /// - Parameter names: of its sound files.
  func apply(_ payload: [UInt8], names: [String]) throws(Failure) -> [String: Outcome] {
    try apply(names: names) { visit in
      var reader = PayloadReader(payload)
      while let file = try reader.next() {
        if let content = try? file.content.get() { try visit(file.name, content) }
      }
    }
  }

  /// Visits every stored file; may be asked several times.
  private typealias StoredFiles = (_ visit: (String, Snapshot.File) throws -> Void) throws -> Void

  private func apply(
    names: [String], _ files: StoredFiles
  ) throws(Failure) -> [String: Outcome] {
    do {
      try volume.removePartialFiles()
      let outcomes = try judge(names, files)
      for case (let name, .keptLocal(let transaction, _)) in outcomes
      where FileName.mayHoldCheckpoints(name) {
        keepLook(name, transaction)
      }
      let written = names.filter { outcomes[$0]?.isWritten ?? false }
      // Queues first: a receiver must not be ahead of its queue if this ends halfway.
      for rank in Set(written.map(FileName.rank)).sorted(by: >) {
        try files { name, file in
          guard FileName.rank(name) == rank, outcomes[name]?.isWritten ?? false else { return }
          try volume.replace(name, with: file)
        }
      }
      return outcomes
    } catch let error as VolumeError {
      throw .volume(error)
    } catch let error as BoltError {
      throw .local(error)
    } catch { preconditionFailure("a verified payload is damaged: \(error)") }
  }

  /// Lets the time of a receiver's database that stays tell of the receiver's last look at files rather
  /// than of its last commit, which may have come long after it: as the sync container noted when the
  /// collector had closed it.
  private func keepLook(_ name: String, _ transaction: BoltFormat.TransactionID) {
    guard let time = history.time(of: name, transaction: transaction) else { return }
    try? volume.setTime(of: name, time)
  }

  private func judge(_ names: [String], _ files: StoredFiles) throws -> [String: Outcome] {
    var outcomes: [String: Outcome] = [:]
    for name in names where try !volume.contains(name) { outcomes[name] = .restored }
    var facts: [String: DatabaseFacts] = [:]
    if outcomes.count < names.count {
      try files { name, file in
        guard outcomes[name] == nil else { return }
        if case .database(let content) = file { facts[name] = DatabaseFacts(content) }
      }
    }
    let isLater = isLater(facts)
    for name in names where outcomes[name] == nil {
      outcomes[name] =
        try facts[name].map { try judge(name, against: $0, isLater: isLater) } ?? .keptPlain
    }
    let isQueueReplaced = outcomes.contains { name, outcome in
      if case .keptLocal = outcome { false } else { FileName.mayHoldRecords(name) }
    }
    guard isQueueReplaced else { return outcomes }
    for case (let name, .keptLocal(let local, let stored)) in outcomes
    where FileName.mayHoldCheckpoints(name) && local != stored {
      outcomes[name] = .replaced(.queueReplaced, transaction: local, stored: stored)
    }
    return outcomes
  }

  /// What is compared of two states of a database, so that only one lies in memory at a time.
  private struct DatabaseFacts {
    let transaction: BoltFormat.TransactionID
    let digest: ContentDigest
    let listsNoFiles: Bool
    let committed: Duration?

    init(_ content: BoltContent) {
      transaction = content.transaction
      committed = content.committed
      digest = ContentDigest(.database(content))
      listsNoFiles = content.listsNoFiles
    }
  }

  /// Whether the stored databases were written after all that lies here. What was read from this
  /// directory never was, unless the clock was set back since: a stored time that is still to come shows
  /// that, and then times decide nothing. They are compared of all together: a receiver and its queue belong
  /// to one moment.
  private func isLater(_ stored: [String: DatabaseFacts]) -> Bool {
    let local = stored.keys.compactMap { (try? volume.file($0))?.writtenAt }.max()
    guard let wallClock, let local, local > .zero,
      let latest = stored.values.compactMap(\.committed).max()
    else { return false }
    return latest > local && latest <= wallClock
  }

  private func judge(
    _ name: String, against stored: DatabaseFacts, isLater: Bool
  ) throws(BoltError) -> Outcome {
    let local: BoltContent
    do {
      let limits = SnapshotBudget().readLimits
      local = try BoltDatabase.read(volume.file(name), limits: limits)
    } catch {
      if error.code == .unreadable { throw error }
      return .replacedDamaged(reason: error.description)
    }
    if FileName.mayHoldCheckpoints(name), let error = local.undecodableCheckpoint {
      return .replacedDamaged(reason: "\(name): \(error)")
    }
    guard let reason = reasonToReplace(name, DatabaseFacts(local), by: stored, isLater)
    else {
      return .keptLocal(transaction: local.transaction, stored: stored.transaction)
    }
    return .replaced(reason, transaction: local.transaction, stored: stored.transaction)
  }

  /// Transaction ids play no part: they begin anew where a collector compacts or recreates its
  /// database. A directory belongs to one pod mostly, and all that this pod stored came from it; so
  /// what it holds is the newer state, unless something speaks against it.
  private func reasonToReplace(
    _ name: String, _ local: DatabaseFacts, by stored: DatabaseFacts, _ isLater: Bool
  ) -> Reason? {
    // An idle receiver commits the same content again and again.
    if local.digest == stored.digest { return nil }
    let holdsCheckpoints = FileName.mayHoldCheckpoints(name)
    if holdsCheckpoints, preference == .confirmed { return .unconfirmed }
    if isLater { return .storedLater }
    if holdsCheckpoints, local.listsNoFiles, !stored.listsNoFiles { return .emptied }
    let isWhole =
      history.isOfBoot(bootID)
      || history.wasClosed(name, transaction: local.transaction, digest: local.digest)
    return isWhole ? nil : .writtenBeforeReboot
  }
}

extension SnapshotRestorer.Outcome {
  /// Whether the stored file takes the local one's place.
  var isWritten: Bool {
    switch self {
    case .keptLocal, .keptPlain: false
    case .restored, .replaced, .replacedDamaged: true
    }
  }
}
