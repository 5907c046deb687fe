internal import BoltFile
internal import FilelogCheckpoint
internal import FilelogEncodings
internal import TestSupport

extension HostileInput {
  /// Where inputs lie that once broke something.
  public static let regressions = Fixtures.directory + "/regressions"

  /// What real software wrote for this parser and what was found to be hostile to it, by name: where
  /// a fuzzer begins.
  public func seeds() throws -> [(name: String, bytes: [UInt8])] {
    switch self {
    case .bolt: try Self.databases(["collector", "bbolt", "damaged", "torn"])
    case .payload: try Self.payloads()
    case .difference: DifferenceCheck.seeds.enumerated().map { ("difference-\($0)", $1) }
    case .checkpoint: try Self.checkpoints()
    case .status: StatusSeeds.all.enumerated().map { ("status-\($0)", Array($1.utf8)) }
    case .configuration:
      ConfigurationCheck.seeds.enumerated().map { ("configuration-\($0)", Array($1.utf8)) }
    }
  }

  /// What broke this parser, or what is held of it, and must not again.
  public func findings() throws -> [(name: String, bytes: [UInt8])] {
    let directory = Self.regressions + "/" + rawValue
    return try HostFiles.list(directory).map { ($0, try HostFiles.read(directory + "/" + $0)) }
  }

  private static func databases(
    _ directories: [String]
  ) throws -> [(name: String, bytes: [UInt8])] {
    // One of them is 88 MB long; what a fuzzer learns from it, shorter ones teach.
    let tooLong = "bbolt/freelist-over-65535.db"
    let fixtures = directories.flatMap { Fixture.all(in: $0) }.filter { $0.name != tooLong }
    return try fixtures.map { fixture in
      (fixture.name.split(separator: "/").joined(separator: "-"), try fixture.bytes())
    }
  }

  private static func payloads() throws -> [(name: String, bytes: [UInt8])] {
    let directory = Fixtures.directory + "/upstream-snapshots"
    let packed = try HostFiles.list(directory).filter { $0.hasSuffix(".tar.gz") }.map { name in
      (
        name.split(separator: "/").joined(separator: "-"),
        try HostFiles.read(directory + "/" + name)
      )
    }
    // The tar within, which a fuzzer can change so that it is still read.
    let bare = packed.compactMap { name, bytes in
      (try? Gzip.expand(bytes, limit: 1 << 18)).map { ("bare-" + name, $0) }
    }
    return packed + bare
  }

  private static func checkpoints() throws -> [(name: String, bytes: [UInt8])] {
    var found: [(name: String, bytes: [UInt8])] = []
    for fixture in Fixture.all(in: "collector") {
      let source = MemorySource(try fixture.bytes()[...], name: fixture.name)
      guard case .bucket(let bucket)? = try BoltDatabase.read(source).root[Checkpoint.bucket]
      else { continue }
      for case .value(let value) in bucket.entries.map(\.content) where !value.isEmpty {
        found.append(("value-\(found.count)", Array(value)))
      }
    }
    return found
  }
}
