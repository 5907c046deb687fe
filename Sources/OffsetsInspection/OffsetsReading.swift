internal import BoltFile
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
    do {
      let root = PayloadRoot.find(in: bytes) ?? Payload.contractDirectory
      self.init(try Payload.unpack(bytes, directory: root))
    } catch {
      throw OffsetsReadingError("\(error)")
    }
  }

  /// Reads a database file, which a collector may be writing meanwhile.
  public init(database path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let content = Self.content(path, name: name) ?? .unreadable("\(name): not a bbolt database")
    self.init(databases: [Database(name: name, content: content)])
  }

  /// Reads an offsets directory, whose databases a collector may be writing meanwhile.
  /// - Throws: ``OffsetsReadingError`` when it cannot be listed.
  public init(folder: String) throws(OffsetsReadingError) {
    self.init()
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw OffsetsReadingError("\(folder): cannot be listed")
    }
    for name in names {
      if let content = Self.content(folder + "/" + name, name: name) {
        databases.append(Database(name: name, content: content))
      } else {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        others.append(OtherFile(name: name, bytes: attributes?[.size] as? Int ?? 0))
      }
    }
  }

  /// Nil for a file that neither is a database nor is called like one.
  private static func content(_ path: String, name: String) -> Database.Content? {
    do {
      let source = try FileSource(path: path, name: name)
      return Database.Content(
        try BoltDatabase.readLive(source) { attempt in
          usleep(20_000)
          return attempt < attempts
        })
    } catch {
      return error.code == .notADatabase && !isCalledLikeDatabase(name)
        ? nil : .unreadable("\(error)")
    }
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

  /// A Kubernetes object in JSON or YAML.
  public static func isObject(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
    return text.hasPrefix("{") || text.hasPrefix("---") || text.contains("apiVersion:")
  }
}
