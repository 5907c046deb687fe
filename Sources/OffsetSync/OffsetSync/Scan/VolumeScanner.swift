internal import BoltFile

/// Reads the offsets directory again and again while the collector writes there.
final class VolumeScanner {
  private let volume: Volume
  private let host: any HostEnvironment
  /// What restoring will accept, and so what storing must keep to.
  private let limits = PayloadLimits()
  private let pause: (_ attempt: Int) -> Bool
  private var digests: [String: CachedDigest] = [:]
  /// Nil where it does not matter when receivers looked at their files.
  private let looks: ReceiverLooks?
  private let emitterDelay: Duration
  /// The latest look that a receiver's database may tell of.
  var latestLook: (BoltContent) -> Duration? = { _ in nil }

  /// - Parameters:
  ///   - volume: the offsets directory.
  ///   - host: tells the time.
  ///   - looks: hears of every transaction that is seen.
  ///   - emitterDelay: for how long records may be on their way from a receiver that has committed them
  ///     to a queue's database.
  ///   - pause: called between two attempts at one database; false gives up.
  init(
    volume: Volume, host: any HostEnvironment, looks: ReceiverLooks? = nil,
    emitterDelay: Duration = .zero,
    pause: @escaping (_ attempt: Int) -> Bool
  ) {
    self.volume = volume
    self.host = host
    self.looks = looks
    self.emitterDelay = emitterDelay
    self.pause = pause
  }

  /// Reads every file.
  func scan() throws(VolumeError) -> VolumeScan {
    let began = (time: host.now, processorTime: host.processorTime)
    var snapshot = Snapshot()
    var unreadable: [String: BoltError] = [:]
    var unseenLooks: [String] = []
    // One entry of a payload is the directory.
    var list = FileList(limit: limits.entries - 1)
    try volume.forEachName {
      list.add($0)
      return true
    }
    var budget = SnapshotBudget(limits)
    var leftOut = list.leftOut
    var isDelayOver = emitterDelay == .zero
    for name in list.names {
      if !isDelayOver, FileName.mayHoldRecords(name), isHeld(name) {
        // What the receivers, which come first, have committed is in the queues then.
        host.sleep(emitterDelay)
        isDelayOver = true
      }
      do {
        let time = host.wallClock
        guard var file = try read(name, limits: budget.readLimits) else { continue }
        if case .database(var content) = file {
          if !takeLook(name, &content, seenAt: time) { unseenLooks.append(name) }
          file = .database(content)
        }
        if budget.take(file) { snapshot.files[name] = file } else { leftOut += 1 }
      } catch { unreadable[name] = error }
    }
    digests = digests.filter { snapshot.files[$0.key] != nil }
    var digests: [String: ContentDigest] = [:]
    for (name, file) in snapshot.files {
      digests[name] = self.digests[name, default: CachedDigest()].digest(of: file)
    }
    let usage = try volume.usage()
    return VolumeScan(
      began: began.time, ended: host.now, cost: host.cost(since: began), snapshot: snapshot,
      digests: digests, unreadable: unreadable, unseenLooks: unseenLooks, usage: usage,
      leftOut: leftOut)
  }

  /// Reads the meta pages of these databases; one that cannot be read now is left out.
  func peek(at names: [String]) -> [DatabasePeek] {
    names.compactMap { name in
      let time = host.wallClock
      guard let file = try? volume.file(name),
        let transaction = try? BoltDatabase.newestTransaction(of: file)
      else { return nil }
      looks?.note(name, transaction, at: time)
      return DatabasePeek(name: name, transaction: transaction)
    }
  }

  /// Reads the meta pages of the receivers' databases.
  func peekAtReceivers() -> [DatabasePeek] { peek(at: receiverNames()) }

  /// The databases that may be receivers'.
  func receiverNames() -> [String] {
    ((try? volume.names()) ?? []).filter {
      FileName.mayHoldCheckpoints($0) && !FileName.isTemporary($0)
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
      // A directory is not a database of the collector. What a link leads to may be one.
      return error.code != .notAFile && FileName.isDatabase(name)
    }
  }

  /// Lets the time of a receiver's database tell of its last look at files.
  /// - Parameter time: before it was read.
  /// - Returns: false where too little was seen of the receiver; the time stays that of the last commit.
  func takeLook(_ name: String, _ content: inout BoltContent, seenAt time: Duration?) -> Bool {
    guard let looks, FileName.mayHoldCheckpoints(name) else { return true }
    looks.note(name, content.transaction, at: time)
    looks.note(name, commitsPerPoll: content.commitsPerPoll)
    defer {
      if let latest = latestLook(content) {
        content.writtenAt = min(content.writtenAt ?? latest, latest)
      }
    }
    guard
      let time = looks.time(of: name, at: content.transaction, written: content.writtenAt)
    else { return false }
    content.writtenAt = time
    return true
  }

  /// - Parameter limits: what may still be read of all files together.
  private func read(
    _ name: String, limits: ReadLimits
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
      return .database(try BoltDatabase.readLive(source, limits: limits, pause: pause))
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
