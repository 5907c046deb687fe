internal import BoltFile
internal import FilelogSystemCalls
internal import FoundationEssentials
internal import Glibc
internal import OffsetSync

/// Offsets that cannot be read, in words for the user.
public struct OffsetsReadingError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

extension StoredOffsets {
  /// How often a database that its collector keeps changing is tried to be read.
  private static let attempts = 50

  /// Reads a payload as the sidecar stores it: gzip(tar), or the same in base64 as a manifest has it.
  /// - Throws: ``OffsetsReadingError`` when it is damaged.
  public init(payload: [UInt8]) throws(OffsetsReadingError) {
    var bytes = payload
    if !bytes.starts(with: [0x1f, 0x8b]) {
      let text = String(decoding: payload, as: UTF8.self).filter { !$0.isWhitespace }
      guard let decoded = Data(base64Encoded: text) else {
        throw OffsetsReadingError("neither gzip nor base64")
      }
      bytes = [UInt8](decoded)
    }
    try self.init(stored: StoredPayload(bytes))
  }

  /// Reads what a store holds, a difference included.
  init(stored: StoredPayload) throws(OffsetsReadingError) {
    do { self.init(try Payload.files(of: stored)) } catch {
      throw OffsetsReadingError("\(error)")
    }
  }

  /// Reads a database file, which a collector may be writing meanwhile; a link is followed.
  public init(database path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let place = realpath(path, nil).map { resolved in
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let database =
      Self.database(place ?? path, name: name)
      ?? Database(name: name, content: .unreadable("not a bbolt database"))
    self.init(databases: [database])
  }

  /// Reads a database that lies in memory.
  public init(database bytes: [UInt8], name: String) {
    let content: Database.Content
    do {
      content = Database.Content(try BoltDatabase.read(MemorySource(bytes[...], name: name)))
    } catch { content = .unreadable(Self.reason(error)) }
    self.init(databases: [Database(name: name, bytes: bytes.count, content: content)])
  }

  /// Reads an offsets directory, whose databases a collector may be writing meanwhile. Directories in it
  /// are passed over, as sidecars do.
  /// - Throws: ``OffsetsReadingError`` when it cannot be listed.
  public init(directory: String) throws(OffsetsReadingError) {
    self.init()
    let names: [String]
    do { names = try SystemCalls.host.sortedNames(path: directory) } catch {
      throw OffsetsReadingError("\(directory): cannot be listed: \(error.reason)")
    }
    for name in names {
      let path = directory + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: continue
      case S_IFLNK:
        databases.append(
          Database(name: name, content: .unreadable("a symbolic link; sidecars read plain files")))
      default:
        if let database = Self.database(path, name: name) {
          databases.append(database)
        } else {
          others.append(OtherFile(name: name, bytes: Int(status.st_size)))
        }
      }
    }
  }

  /// Nil for a file that neither is a database nor is called like one.
  private static func database(_ path: String, name: String) -> Database? {
    var database = Database(name: name, content: .unreadable(""))
    do {
      let source = try FileSource(path: path, name: name)
      database.bytes = Int(clamping: try source.size())
      database.written = nanoseconds(try source.modified())
      database.content = Database.Content(
        try BoltDatabase.readLive(source) { attempt in
          usleep(20_000)
          return attempt < attempts
        })
    } catch {
      let isForeign = [.notADatabase, .notAFile].contains(error.code)
      if isForeign, !isCalledLikeDatabase(name) { return nil }
      database.content = .unreadable(reason(error))
    }
    return database
  }

  private static func nanoseconds(_ time: Duration) -> Int64? {
    let (seconds, attoseconds) = time.components
    return nanoseconds(seconds: Int(seconds)).map { $0 + attoseconds / 1_000_000_000 }
  }

  /// What is wrong and where, without the name of the file, which stands before it.
  static func reason(_ error: BoltError) -> String {
    String(error.description.dropFirst(error.file.count + 2))
  }

  /// The `file_storage` extension names files by the kind of component.
  private static func isCalledLikeDatabase(_ name: String) -> Bool {
    ["receiver_", "exporter_", "processor_", "extension_", "connector_"].contains {
      name.hasPrefix($0)
    }
  }
}

/// Tells by a file's first bytes what it is.
public enum OffsetsFileKind {
  /// A bbolt database, by the magic number in either meta page.
  public static func isDatabase(_ bytes: [UInt8]) -> Bool {
    let magic: [UInt8] = [0xed, 0xda, 0x0c, 0xed]
    return [0, 1024, 2048, 4096, 8192, 16384, 32768, 65536].contains { page in
      bytes.dropFirst(page + 16).starts(with: magic)
    }
  }

  /// A tar archive as it is, which a payload is only once it is compressed.
  public static func isTar(_ bytes: [UInt8]) -> Bool {
    bytes.dropFirst(257).starts(with: "ustar".utf8)
  }

  /// A Kubernetes object in JSON or YAML.
  public static func isObject(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    return text.hasPrefix("{") || text.hasPrefix("---") || text.contains("apiVersion:")
  }
}
