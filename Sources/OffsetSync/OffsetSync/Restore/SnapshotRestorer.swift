public import BoltFile

/// Puts a stored snapshot into the offsets directory, file by file, never backwards.
public struct SnapshotRestorer {
  /// What became of one file.
  public enum Outcome: Hashable, Sendable {
    /// The stored file was written.
    case restored
    /// The directory held the same transaction or a later one: an init container runs again on a
    /// kept volume after a reboot of the node.
    case keptLocal(transaction: BoltFormat.TransactionID, stored: BoltFormat.TransactionID)
    /// The directory held a later transaction of a receiver, which nobody has found to be true.
    case replacedDoubtful(transaction: BoltFormat.TransactionID, stored: BoltFormat.TransactionID)
    /// The local file is no database and stays as it is.
    case keptPlain
    /// The directory held something that could not be read as a database.
    case replacedDamaged(reason: String)
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

  let volume: Volume

  /// Which of two states of a receiver's database is taken where the directory holds the later one.
  public enum Preference: Sendable {
    /// The later one.
    case newest
    /// The stored one: of what is stored it is known that its records were delivered, and the later
    /// one may be the last word of a receiver that dropped records while it stopped.
    case delivered
  }

  let preference: Preference

  /// A restore into this directory.
  public init(volume: Volume, preference: Preference = .newest) {
    self.volume = volume
    self.preference = preference
  }

  /// - Returns: what became of each file, by name.
  /// - Throws: ``Failure`` when a file cannot be read or written; it and those after it are as
  ///   before.
  public func apply(_ snapshot: Snapshot) throws(Failure) -> [String: Outcome] {
    do {
      try volume.removePartialFiles()
      let present = Set(try volume.names())
      var outcomes: [String: Outcome] = [:]
      for name in snapshot.names {
        let stored = snapshot.files[name]!
        let outcome = present.contains(name) ? try judge(name, against: stored) : .restored
        switch outcome {
        case .keptLocal, .keptPlain: break
        case .restored, .replacedDamaged, .replacedDoubtful:
          try volume.replace(name, with: stored.bytes, writtenAt: Self.stamp(of: stored))
        }
        outcomes[name] = outcome
      }
      return outcomes
    } catch let error as VolumeError {
      throw .volume(error)
    } catch let error as BoltError {
      throw .local(error)
    } catch { preconditionFailure("\(error)") }
  }

  /// A database that is put back is as old as it was: what came up since is unknown to its receiver.
  /// Where that time is unknown, it is older than anything.
  private static func stamp(of file: Snapshot.File) -> Duration? {
    if case .database = file { file.writtenAt ?? .zero } else { nil }
  }

  private func judge(
    _ name: String, against stored: Snapshot.File
  ) throws(BoltError) -> Outcome {
    guard case .database(let stored) = stored else { return .keptPlain }
    do {
      let local = try BoltDatabase.read(volume.file(name))
      guard local.transaction >= stored.transaction else { return .restored }
      return isDoubtful(name, local, against: stored)
        ? .replacedDoubtful(transaction: local.transaction, stored: stored.transaction)
        : .keptLocal(transaction: local.transaction, stored: stored.transaction)
    } catch {
      if error.code == .unreadable { throw error }
      return .replacedDamaged(reason: error.description)
    }
  }
}

extension SnapshotRestorer {
  private func isDoubtful(
    _ name: String, _ local: BoltContent, against stored: BoltContent
  ) -> Bool {
    guard preference == .delivered, FileName.mayHoldCheckpoints(name),
      local.transaction > stored.transaction
    else { return false }
    func digest(_ content: BoltContent) -> ContentDigest {
      ContentDigest(Snapshot(files: [name: .database(content)]), canonical: true)
    }
    // An idle receiver commits the same content again and again.
    return digest(local) != digest(stored)
  }
}
