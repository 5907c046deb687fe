public import BoltFile
internal import FilelogContract

/// The wire format: gzip(tar(offsets directory)), the databases in it written compactly.
public enum Payload {
  /// The offsets directory in every container, and so the directory that entry names begin with.
  public static let contractDirectory = Contract.OffsetsVolume.mountPath

  /// Packs a snapshot. Equal content gives equal bytes but for the databases' transaction ids, and the
  /// times at which they were written.
  ///
  /// What this packs of a snapshot within ``PayloadLimits``, ``PayloadReader`` accepts.
  /// - Parameters:
  ///   - snapshot: what to pack.
  ///   - directory: the absolute path that the entries' names begin with.
  public static func pack(_ snapshot: Snapshot, directory: String) -> [UInt8] {
    pack(snapshot, directory: directory, limit: .max)!
  }

  /// The same; nil where it would be longer than `limit`, and then no more than that is in memory.
  private static func pack(_ snapshot: Snapshot, directory: String, limit: Int) -> [UInt8]? {
    let tar = TarWriter(limit: limit)
    tar.directory(directory)
    for name in snapshot.names { tar.file(directory + "/" + name, snapshot.files[name]!) }
    return tar.finish()
  }

  /// The same; nil where ``PayloadReader`` would refuse it for the memory that it takes.
  static func pack(
    _ snapshot: Snapshot, directory: String, within limits: PayloadLimits
  ) -> [UInt8]? {
    let content = snapshot.files.values.reduce(0) { $0 + SnapshotBudget.blocks($1) }
    return pack(snapshot, directory: directory, limit: (limits.memoryBytes - content) / 2)
  }

  /// Unpacks what this program or the Go sidecar packed. A database that is not sound is left out,
  /// and costs the others nothing.
  /// - Parameters:
  ///   - payload: what a store gave.
  ///   - limits: what it may expand to.
  ///   - isWanted: whether a file is kept; the payload is checked to its end whatever it answers.
  ///   - note: hears of each file as the archive has it.
  public static func unpack(
    _ payload: [UInt8], limits: PayloadLimits = PayloadLimits(),
    isWanted: (String) -> Bool = { _ in true }, note: (PackedFile) -> Void = { _ in }
  ) throws(PayloadError) -> Snapshot {
    var reader = PayloadReader(payload, limits: limits)
    var snapshot = Snapshot()
    while let file = try reader.next() {
      note(file)
      guard isWanted(file.name), let content = try? file.content.get() else { continue }
      snapshot.files[file.name] = content
    }
    return snapshot
  }

  /// Unpacks what is stored, the difference applied.
  /// - Throws: ``PayloadError``; with the code `difference` where the whole alone may be sound.
  public static func unpack(
    _ stored: StoredPayload, limits: PayloadLimits = PayloadLimits()
  ) throws(PayloadError) -> Snapshot {
    var snapshot = try unpack(stored.whole, limits: limits)
    for changes in stored.changes {
      guard stored.count + 2 * snapshot.size <= PayloadLimits().memoryBytes else {
        throw PayloadError(.difference, "it is to a payload that is too large for differences")
      }
      do { snapshot = try DifferenceReader.apply(changes, to: snapshot) } catch {
        throw PayloadError(.difference, "\(error)")
      }
      var budget = SnapshotBudget(limits)
      guard snapshot.files.count < limits.entries,
        snapshot.files.values.allSatisfy({ budget.take($0) })
      else {
        throw PayloadError(
          .difference, "would fill more than the \(limits.volumeBytes) bytes of the volume")
      }
    }
    return snapshot
  }

  /// What is stored, file by file as it would be packed, for tools that show it.
  public static func files(of stored: StoredPayload) throws(PayloadError) -> [PackedFile] {
    var files: [PackedFile] = []
    guard !stored.changes.isEmpty else {
      var reader = PayloadReader(stored.whole)
      while let file = try reader.next() { files.append(file) }
      return files
    }
    let snapshot = try unpack(stored)
    return snapshot.names.map { name in
      let file = snapshot.files[name]!
      return PackedFile(
        name: name, bytes: file.size, modified: file.writtenAt.map { Int($0.components.seconds) },
        content: .success(file))
    }
  }

  /// What is stored as one payload, the difference applied.
  public static func whole(_ stored: StoredPayload) throws(PayloadError) -> [UInt8] {
    guard !stored.changes.isEmpty else { return stored.whole }
    return pack(try unpack(stored), directory: contractDirectory)
  }

  /// Unpacks what is stored; where the difference is damaged, the whole that it belongs to.
  static func unpackSound(_ stored: StoredPayload) throws(PayloadError) -> Snapshot {
    do { return try unpack(stored) } catch {
      guard !stored.changes.isEmpty else { throw error }
      return try unpack(stored.whole)
    }
  }

  /// Checks a payload to its end before anything of it is used, holding one file at a time.
  /// - Returns: the names of the sound files, and the databases that are not, by name.
  public static func verify(
    _ payload: [UInt8], limits: PayloadLimits = PayloadLimits()
  ) throws(PayloadError) -> (sound: [String], damaged: [String: BoltError]) {
    var reader = PayloadReader(payload, limits: limits)
    var sound: [String] = []
    var damaged: [String: BoltError] = [:]
    while let file = try reader.next() {
      switch file.content {
      case .success: sound.append(file.name)
      case .failure(let error): damaged[file.name] = error
      }
    }
    return (sound, damaged)
  }
}
