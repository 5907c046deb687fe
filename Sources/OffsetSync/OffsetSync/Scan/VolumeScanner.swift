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
    // One entry of a payload is the directory.
    var list = FileList(limit: limits.entries - 1)
    try volume.forEachName {
      list.add($0)
      return true
    }
    var budget = SnapshotBudget(limits)
    var leftOut = list.leftOut
    for name in list.names {
      do {
        guard let file = try read(name, limits: budget.readLimits, age: &ages[name]) else {
          continue
        }
        if budget.take(file) { snapshot.files[name] = file } else { leftOut += 1 }
      } catch { unreadable[name] = error }
    }
    digests = digests.filter { snapshot.files[$0.key] != nil }
    var digests: [String: ContentDigest] = [:]
    for (name, file) in snapshot.files {
      digests[name] = self.digests[name, default: CachedDigest()].digest(of: file)
    }
    return VolumeScan(
      began: began, ended: host.now, snapshot: snapshot, digests: digests, ages: ages,
      unreadable: unreadable, usage: try volume.usage(), leftOut: leftOut)
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
    var isGone = true
    try volume.forEachName { name in
      if !FileName.isTemporary(name), isHeld(name) { isGone = false }
      return isGone
    }
    return isGone
  }

  /// Whether the collector has this database open; one that cannot be asked now counts as held.
  func isHeld(_ name: String) -> Bool {
    do throws(BoltError) { return try volume.file(name).isLocked() } catch {
      // Directories and links are not the collector's databases.
      return FileName.isDatabase(name)
    }
  }

  /// - Parameters:
  ///   - limits: what may still be read of all files together.
  ///   - age: set for a receiver's database where it is known.
  private func read(
    _ name: String, limits: ReadLimits, age: inout Duration?
  ) throws(BoltError) -> Snapshot.File? {
    let source: FileSource
    do {
      source = try volume.file(name)
    } catch {
      // Directories and links are not the collector's databases; a file may vanish after the listing.
      if !FileName.isDatabase(name) { return nil }
      throw error
    }
    do {
      let content = try BoltDatabase.readLive(source, limits: limits, pause: pause)
      if FileName.mayHoldCheckpoints(name) { age = clock.age(of: source) }
      return .database(content)
    } catch {
      guard error.code == .notADatabase, !FileName.isDatabase(name) else { throw error }
      return try plain(source, name, limit: limits.plainBytes)
    }
  }

  private func plain(
    _ source: any ByteSource, _ name: String, limit: UInt64
  ) throws(BoltError) -> Snapshot.File {
    let size = try source.size()
    guard size <= limit else {
      throw BoltError(.tooLarge, "\(size) bytes are too many to store", file: name)
    }
    return .plain(Array(try source.read(at: 0, count: Int(size))))
  }
}
