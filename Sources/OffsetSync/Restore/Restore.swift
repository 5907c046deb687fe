public import BoltFile

/// Puts a stored snapshot into the offsets directory, file by file, never backwards.
public struct Restore {
  /// What became of one file.
  public enum Outcome: Hashable, Sendable {
    /// The stored file was written.
    case restored
    /// The directory held the same transaction or a later one: an init container runs again on a
    /// kept volume after a reboot of the node.
    case keptLocal(transaction: BoltFormat.TransactionID, stored: BoltFormat.TransactionID)
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

  /// A restore into this directory.
  public init(volume: Volume) { self.volume = volume }

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
        case .restored, .replacedDamaged: try volume.replace(name, with: stored.bytes)
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

  private func judge(
    _ name: String, against stored: Snapshot.File
  ) throws(BoltError) -> Outcome {
    guard case .database(let stored) = stored else { return .keptPlain }
    do {
      let local = try BoltDatabase.read(volume.file(name))
      return local.transaction >= stored.transaction
        ? .keptLocal(transaction: local.transaction, stored: stored.transaction) : .restored
    } catch {
      if error.code == .unreadable { throw error }
      return .replacedDamaged(reason: error.description)
    }
  }
}

extension Snapshot.File {
  var bytes: [UInt8] {
    switch self {
    case .database(let content): content.compactFile()
    case .plain(let bytes): bytes
    }
  }
}
