internal import BoltFile

/// Reads the offsets directory again and again while the collector writes there.
final class VolumeScanner {
  /// What one scan found.
  struct Scan {
    let snapshot: Snapshot
    let digest: ContentDigest
    /// Files that could not be read now, with the reason; the last good state stands in for them.
    let unreadable: [String: BoltError]
    /// What all files take together.
    let volumeBytes: Int
    /// Files beyond what a payload may hold; they are not stored.
    let leftOut: Int

    /// False when another scan might find what this one could not read.
    var isComplete: Bool {
      !unreadable.values.contains { $0.code == .unreadable || $0.code == .changing }
    }
  }

  private let volume: Volume
  /// What restoring will accept, and so what storing must keep to.
  private let limits = PayloadLimits()
  private let pause: (_ attempt: Int) -> Bool
  private var digest = CachedDigest()

  /// - Parameter pause: called between two attempts at one database; false gives up.
  init(volume: Volume, pause: @escaping (_ attempt: Int) -> Bool) {
    self.volume = volume
    self.pause = pause
  }

  /// Reads every file.
  /// - Parameter lastGood: where the state of a file comes from that cannot be read now; asked only
  ///   then.
  func scan(lastGood: () -> Snapshot?) throws(VolumeError) -> Scan {
    var snapshot = Snapshot()
    var unreadable: [String: BoltError] = [:]
    var volumeBytes: UInt64 = 0
    let names = try volume.names().filter { !FileName.isTemporary($0) }
      .sorted(by: FileName.isReadBefore)
    // One entry of a payload is the directory.
    for name in names.prefix(limits.entries - 1) {
      do {
        snapshot.files[name] = try read(name, size: &volumeBytes)
      } catch { unreadable[name] = error }
    }
    if !unreadable.isEmpty, let lastGood = lastGood() {
      for name in unreadable.keys { snapshot.files[name] = lastGood.files[name] }
    }
    return Scan(
      snapshot: snapshot, digest: digest.digest(of: snapshot), unreadable: unreadable,
      volumeBytes: Int(volumeBytes), leftOut: max(0, names.count - (limits.entries - 1)))
  }

  /// Whether the collector has let go of every database. One that cannot be asked now counts as held:
  /// ending too late costs time, ending too early the records that are read afterwards.
  func isCollectorGone() throws(VolumeError) -> Bool {
    for name in try volume.names() where !FileName.isTemporary(name) {
      do {
        if try volume.file(name).isLocked() { return false }
      } catch {
        // Folders and links are not the collector's databases.
        if FileName.isDatabase(name) { return false }
      }
    }
    return true
  }

  /// - Parameter size: grows by the file's length.
  private func read(
    _ name: String, size: inout UInt64
  ) throws(BoltError) -> Snapshot.File? {
    let source: any ByteSource
    do {
      source = try volume.file(name)
    } catch {
      // Folders and links are not the collector's databases; a file may vanish after the listing.
      if !FileName.isDatabase(name) { return nil }
      throw error
    }
    size += try source.size()
    do {
      return .database(try BoltDatabase.readLive(source, pause: pause))
    } catch {
      guard error.code == .notADatabase, !FileName.isDatabase(name) else { throw error }
      return try plain(source, name)
    }
  }

  private func plain(_ source: any ByteSource, _ name: String) throws(BoltError) -> Snapshot.File {
    let size = try source.size()
    guard size <= ReadLimits().plainBytes else {
      throw BoltError(.tooLarge, "\(size) bytes are too many to store", file: name)
    }
    return .plain(Array(try source.read(at: 0, count: Int(size))))
  }
}
