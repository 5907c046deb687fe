internal import BoltFile
internal import Contract

/// The wire format: gzip(tar(offsets directory)), the databases in it written compactly.
public enum Payload {
  /// The offsets directory in every container, and so the folder that entry names begin with.
  public static let contractDirectory = Contract.OffsetsVolume.mountPath

  /// Packs a snapshot. Equal content gives equal bytes but for the databases' transaction ids.
  /// - Parameters:
  ///   - snapshot: what to pack.
  ///   - directory: the absolute path that the entries' names begin with.
  public static func pack(_ snapshot: Snapshot, directory: String) -> [UInt8] {
    let tar = TarWriter()
    tar.folder(directory)
    for name in snapshot.names {
      tar.file(directory + "/" + name, snapshot.files[name]!.bytes)
    }
    return tar.finish()
  }

  /// Unpacks what this program or the Go sidecar packed, all of it or nothing.
  ///
  /// Refused: links, devices, names outside the folder, names with control characters, the same name
  /// twice, more than the limits allow, a database that is not sound. Passed over: folders in the
  /// folder and what lies in them, and passing files of the collector.
  /// - Parameters:
  ///   - payload: what a store gave.
  ///   - directory: the folder that entries may name besides ``contractDirectory``.
  ///   - limits: what it may expand to.
  ///   - note: hears of each file as the archive has it.
  public static func unpack(
    _ payload: [UInt8], directory: String, limits: PayloadLimits = PayloadLimits(),
    note: (PackedFile) -> Void = { _ in }
  ) throws(PayloadError) -> Snapshot {
    var tar = TarReader(payload, limits: limits)
    var snapshot = Snapshot()
    while let entry = try tar.next() {
      let place = try Place(entry.path, roots: [directory, contractDirectory])
      guard case .file(let name) = place, !entry.isFolder, !FileName.isTemporary(name) else {
        continue
      }
      guard snapshot.files[name] == nil else {
        throw PayloadError(.forbiddenEntry, "holds \(name) twice")
      }
      snapshot.files[name] = try file(entry.bytes, name: name)
      note(PackedFile(name: name, bytes: entry.bytes.count, modified: entry.modified))
    }
    return snapshot
  }

  private static func file(
    _ bytes: [UInt8], name: String
  ) throws(PayloadError) -> Snapshot.File {
    do {
      return .database(try BoltDatabase.read(MemorySource(bytes[...], name: name)))
    } catch {
      if error.code == .notADatabase, !FileName.isDatabase(name) { return .plain(bytes) }
      throw PayloadError(.database, error.description)
    }
  }
}

/// A file of a payload, as the archive describes it.
public struct PackedFile: Equatable, Sendable {
  /// Its plain name.
  public let name: String
  /// Its length in the archive.
  public let bytes: Int
  /// When it was last written, in seconds since 1970; nil where the archive does not say it, as what
  /// ``Payload/pack(_:directory:)`` makes does not.
  public let modified: Int?
}

/// Where an entry of a payload wants to lie.
private enum Place {
  case root
  case file(String)
  /// In a folder in the folder.
  case nested

  init(_ path: String, roots: [String]) throws(PayloadError) {
    let trimmed = path.hasSuffix("/") ? path.dropLast() : path[...]
    if roots.contains(String(trimmed)) {
      self = .root
      return
    }
    guard let root = roots.first(where: { path.hasPrefix($0 + "/") }) else {
      throw PayloadError(.forbiddenEntry, "an entry lies outside the offsets directory")
    }
    let parts = trimmed.dropFirst(root.count + 1).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ FileName.isPlain($0) }) else {
      throw PayloadError(.forbiddenEntry, "an entry has a name that no file may have")
    }
    self = parts.count == 1 ? .file(String(parts[0])) : .nested
  }
}
