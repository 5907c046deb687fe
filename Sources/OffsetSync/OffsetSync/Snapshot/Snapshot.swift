public import BoltFile

/// What the offsets directory held: the content of its databases, and other files as they are.
public struct Snapshot: Equatable, Sendable {
  /// One file's content.
  public enum File: Equatable, Sendable {
    /// A bbolt database, as its newest transaction has it.
    case database(BoltContent)
    /// Anything else, byte by byte.
    case plain([UInt8])
  }

  /// By file name.
  public var files: [String: File]

  /// A snapshot of these files, by name.
  public init(files: [String: File] = [:]) { self.files = files }

  /// Whether there is no file at all.
  public var isEmpty: Bool { files.isEmpty }

  /// Names in the order in which they are written, which must not depend on the machine.
  var names: [String] {
    files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension Snapshot.File {
  /// As it is written into a directory or an archive: databases compactly.
  var bytes: [UInt8] {
    switch self {
    case .database(let content): content.compactFile()
    case .plain(let bytes): bytes
    }
  }

  /// When it was last written, since 1970, where that matters and is known.
  var writtenAt: Duration? {
    if case .database(let content) = self { content.writtenAt } else { nil }
  }
}
