internal import BoltFile

/// Reads the offsets directory again and again while the collector writes there.
final class VolumeScanner {
  private let volume: Volume
  private let host: any HostEnvironment
  /// What restoring will accept, and so what storing must keep to.
  private let limits = PayloadLimits()
  private let pause: (_ attempt: Int) -> Bool
  private var digests: [String: CachedDigest] = [:]
  private var clock: FileClock

  /// - Parameters:
  ///   - volume: the offsets directory.
  ///   - host: tells the time.
  ///   - pause: called between two attempts at one database; false gives up.
  init(
    volume: Volume, host: any HostEnvironment, pause: @escaping (_ attempt: Int) -> Bool
  ) {
    self.volume = volume
    self.host = host
    self.pause = pause
    clock = FileClock(host: host)
  }

  /// Reads every file.
  func scan() throws(VolumeError) -> VolumeScan {
    let began = host.now
    clock.check()
    var snapshot = Snapshot()
    var unreadable: [String: BoltError] = [:]
    var ages: [String: Duration] = [:]
    var volumeBytes: UInt64 = 0
    let names = try volume.names().filter { !FileName.isTemporary($0) }
      .sorted(by: FileName.isReadBefore)
    // One entry of a payload is the directory.
    for name in names.prefix(limits.entries - 1) {
      do {
        snapshot.files[name] = try read(name, size: &volumeBytes, age: &ages[name])
      } catch { unreadable[name] = error }
    }
    digests = digests.filter { snapshot.files[$0.key] != nil }
    var digests: [String: ContentDigest] = [:]
    for (name, file) in snapshot.files {
      digests[name] = self.digests[name, default: CachedDigest()].digest(of: file)
    }
    return VolumeScan(
      began: began, ended: host.now, snapshot: snapshot, digests: digests, ages: ages,
      unreadable: unreadable, volumeBytes: Int(volumeBytes),
      leftOut: max(0, names.count - (limits.entries - 1)))
  }

  /// Reads the meta pages of these databases; one that cannot be read now is left out.
  func peek(at names: [String]) -> [DatabasePeek] {
    clock.check()
    return names.compactMap { name in
      let began = host.now
      guard let file = try? volume.file(name),
        let transaction = try? BoltDatabase.newestTransaction(of: file)
      else { return nil }
      let age = clock.age(of: file)
      return DatabasePeek(
        name: name, began: began, ended: host.now, transaction: transaction, age: age)
    }
  }

  /// Whether the collector has let go of every database. One that cannot be asked now counts as held:
  /// ending too late costs time, ending too early the records that are read afterwards.
  func isCollectorGone() throws(VolumeError) -> Bool {
    for name in try volume.names() where !FileName.isTemporary(name) {
      do {
        if try volume.file(name).isLocked() { return false }
      } catch {
        // Directories and links are not the collector's databases.
        if FileName.isDatabase(name) { return false }
      }
    }
    return true
  }

  /// - Parameters:
  ///   - size: grows by the file's length.
  ///   - age: set for a receiver's database where it is known.
  private func read(
    _ name: String, size: inout UInt64, age: inout Duration?
  ) throws(BoltError) -> Snapshot.File? {
    let source: FileSource
    do {
      source = try volume.file(name)
    } catch {
      // Directories and links are not the collector's databases; a file may vanish after the listing.
      if !FileName.isDatabase(name) { return nil }
      throw error
    }
    size += try source.size()
    do {
      let content = try BoltDatabase.readLive(source, pause: pause)
      if FileName.mayHoldCheckpoints(name) { age = clock.age(of: source) }
      return .database(content)
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
