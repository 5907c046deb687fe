internal import BoltFile
internal import FilelogCheckpoint
internal import FilelogSystemCalls

/// What a power cut leaves of a database whose writer does not sync.
enum PowerCut {
  private static let page = 4096
  /// How many outcomes are tried for one that a collector cannot go on from.
  private static let outcomes = 32

  /// Every other page, drawn by chance, is as it was; the two meta pages are as they are. Of several
  /// outcomes the worst: a database that is sound, and whose checkpoint does not decode.
  static func torn(
    _ bytes: [UInt8], earlier: [UInt8], random: inout SeededRandom
  ) -> [UInt8] {
    var torn = bytes
    for _ in 0..<outcomes {
      torn = bytes
      for place in stride(from: 2 * page, to: min(bytes.count, earlier.count) - page + 1, by: page)
      where Bool.random(using: &random) {
        torn.replaceSubrange(place..<(place + page), with: earlier[place..<(place + page)])
      }
      if isUndecodable(torn) { break }
    }
    return torn
  }

  static func isUndecodable(_ bytes: [UInt8]) -> Bool {
    guard let content = try? BoltDatabase.read(MemorySource(bytes[...], name: "")),
      case .bucket(let bucket) = content.root[Checkpoint.bucket],
      case .value(let value) = bucket[Checkpoint.knownFilesKey]
    else { return false }
    return (try? Checkpoint(decoding: Array(value))) == nil
  }
}

/// What compaction makes of a database (`compaction.on_start`): transaction ids begin anew.
enum CompactedDatabase {
  static func bytes(_ bytes: [UInt8]) throws -> [UInt8] {
    var content = try BoltDatabase.read(MemorySource(bytes[...], name: "a local database"))
    content.transaction = 2
    return content.compactFile()
  }
}

/// What debuggers and crashed programs leave behind: files without blocks, as long as files may be.
enum SparseFile {
  static let names = ["core.1", "core.2"]
  static let length = Int.max
}
