internal import FilelogEncodings

/// What the names in the offsets directory tell.
///
/// Source: the collector's `file_storage` extension v0.156.0. It names a database by kind, type and
/// name of the component that it belongs to, or by the SHA-256 of that when it is over 255 bytes;
/// compaction writes `tempdb…`, and `recreate` moves a broken database to `….backup`.
enum FileName {
  /// Passing things that no snapshot carries. `.partial-…` is this program's own.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix("tempdb") || name.hasSuffix(".backup") || name.hasPrefix(partialPrefix)
      || name == history
  }

  static let partialPrefix = ".partial-"

  /// What this program notes of the directory's past; see `VolumeHistory`.
  static let history = ".offset-sync-history"

  /// The name under which a file is written before it takes its place; short for any name.
  static func partial(for name: String) -> String {
    partialPrefix + SHA256.hash(name.utf8).prefix(8).hexadecimal
  }

  /// Whether the extension keeps a database under this name, which has no characters that it replaces: then
  /// anything else in it is damage.
  static func isDatabase(_ name: String) -> Bool {
    let kinds = ["receiver_", "processor_", "exporter_", "extension_", "connector_"]
    return kinds.contains { name.hasPrefix($0) } && name.utf8.allSatisfy { isSafe($0) }
      || isDigest(name)
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch UnicodeScalar(byte) {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "~": true
    default: false
    }
  }

  /// Whether a database may hold a receiver's checkpoints, which may be premature: one of a
  /// receiver, or one whose name is hashed.
  static func mayHoldCheckpoints(_ name: String) -> Bool {
    name.hasPrefix("receiver_") || isDigest(name)
  }

  /// Whether a database may hold records on their way: a queue that receivers' offsets are ahead of.
  static func mayHoldRecords(_ name: String) -> Bool {
    ["exporter_", "processor_", "connector_"].contains { name.hasPrefix($0) }
  }

  /// Receivers come before those that receive from them: what moves on between two reads is then
  /// seen twice rather than not at all. Those with hashed names come in between, which is right
  /// whatever component they belong to.
  static func isReadBefore(_ name: String, _ other: String) -> Bool {
    let (one, two) = (rank(name), rank(other))
    return one == two ? name.utf8.lexicographicallyPrecedes(other.utf8) : one < two
  }

  /// 0 for receivers, 1 where the name does not tell, 2 for the rest.
  static func rank(_ name: String) -> Int {
    name.hasPrefix("receiver_") ? 0 : isDigest(name) ? 1 : 2
  }

  private static func isDigest(_ name: String) -> Bool {
    name.utf8.count == 64 && name.utf8.allSatisfy { isHexadecimal($0) }
  }

  /// A name of one file right in the directory, with nothing in it that a log or a shell would trip
  /// over.
  static func isPlain(_ name: some StringProtocol) -> Bool {
    !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}
