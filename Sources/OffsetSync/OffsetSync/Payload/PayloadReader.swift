public import BoltFile

/// A file of a payload, as the archive describes it.
public struct PackedFile: Equatable, Sendable {
  /// Its plain name.
  public let name: String
  /// Its length in the archive.
  public let bytes: Int
  /// When it was last written, in seconds since 1970; nil where the archive does not tell.
  public let modified: Int?
  /// What it holds; the failure of a database that is not sound.
  public let content: Result<Snapshot.File, BoltError>
}

/// Reads a payload file by file, so that no more than one lies in memory.
///
/// Refused as a whole: links, devices, entries that are not in one directory, names with control
/// characters, the same name twice, more than the limits allow. Which directory it is does not matter:
/// a changed mount path loses nothing. Passed over: directories in it with what they hold, and passing
/// files of the collector.
public struct PayloadReader {
  private var tar: TarReader
  private let limits: PayloadLimits
  private var root: String?
  private var seen: Set<String> = []
  private var budget: SnapshotBudget
  /// Of the memory that there is beside the payload.
  private var contentBytes: Int

  /// Reads from the beginning.
  /// - Parameters:
  ///   - payload: what a store gave.
  ///   - limits: what it may expand to.
  public init(_ payload: [UInt8], limits: PayloadLimits = PayloadLimits()) {
    tar = TarReader(payload, limits: limits)
    self.limits = limits
    budget = SnapshotBudget(limits)
    contentBytes = limits.contentBytes(beside: payload.count)
  }

  /// The next file; nil at the end, where all checksums are verified.
  public mutating func next() throws(PayloadError) -> PackedFile? {
    while let entry = try tar.next() {
      let name = try plainName(of: entry)
      guard let name, !entry.isDirectory, !FileName.isTemporary(name) else {
        try tar.skip(entry)
        continue
      }
      guard seen.insert(name).inserted else {
        throw PayloadError(.forbiddenEntry, "holds \(name) twice")
      }
      let content = Self.content(
        try tar.bytes(of: entry), name: name, limits: budget.readLimits,
        writtenAt: entry.modified)
      if case .success(let file) = content {
        guard budget.take(file) else {
          throw PayloadError(
            .tooLarge, "would fill more than the \(limits.volumeBytes) bytes of the volume")
        }
        contentBytes -= SnapshotBudget.blocks(file)
        guard contentBytes >= 0 else {
          throw PayloadError(
            .tooLarge, "would take more than the \(limits.memoryBytes) bytes of memory")
        }
      }
      return PackedFile(
        name: name, bytes: entry.size, modified: entry.modified.map { Int($0.components.seconds) },
        content: content)
    }
    return nil
  }

  private static func content(
    _ bytes: [UInt8], name: String, limits: ReadLimits, writtenAt: Duration?
  ) -> Result<Snapshot.File, BoltError> {
    do {
      var content = try BoltDatabase.read(MemorySource(bytes[...], name: name), limits: limits)
      content.writtenAt = writtenAt
      return .success(.database(content))
    } catch {
      if error.code == .notADatabase, !FileName.isDatabase(name) { return .success(.plain(bytes)) }
      return .failure(error)
    }
  }

  /// The name of an entry right in the payload's directory; nil for the directory itself and for what
  /// lies in a directory in it. The first entry says which directory it is.
  private mutating func plainName(of entry: TarReader.Entry) throws(PayloadError) -> String? {
    var path = entry.path[...]
    if path.hasSuffix("/") { path.removeLast() }
    let parent = path.lastIndex(of: "/").map { path[..<$0] }
    if root == nil {
      let first = entry.isDirectory ? path : parent ?? ""
      root = first.split(separator: "/").allSatisfy { FileName.isPlain($0) } ? String(first) : nil
    }
    guard let root, path.contains("/") || entry.isDirectory,
      path.hasPrefix(root + "/") || path == root
    else {
      throw PayloadError(.forbiddenEntry, "an entry lies outside the offsets directory")
    }
    if path == root {
      guard entry.isDirectory else {
        throw PayloadError(.forbiddenEntry, "the offsets directory is not a directory")
      }
      return nil
    }
    let parts = path.dropFirst(root.count + 1).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ FileName.isPlain($0) }) else {
      throw PayloadError(.forbiddenEntry, "an entry has a name that no file may have")
    }
    return parts.count == 1 ? String(parts[0]) : nil
  }
}
