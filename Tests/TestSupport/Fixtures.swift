internal import FilelogEncodings
public import FilelogJSON

/// The fixture files under `Tests/Fixtures`: databases and payloads that real software wrote, each
/// with what it must read as. Their README says how they were made.
public enum Fixtures {
  public static let directory: String =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/") + "/Fixtures"
}

/// One data file and its `.expected.json`.
public struct Fixture: Sendable, CustomStringConvertible {
  /// Relative to the fixtures' directory, without `.gz`.
  public let name: String
  private let path: String

  public var description: String { name }

  /// Every fixture in a directory and the directories in it, sorted by name. There are some: a test
  /// without arguments would pass.
  public static func all(in directory: String) -> [Fixture] {
    let suffix = ".expected.json"
    let files = HostFiles.list(Fixtures.directory + "/" + directory).filter { $0.hasSuffix(suffix) }
    precondition(!files.isEmpty, "\(directory): no fixtures")
    return files.map { Fixture(name: directory + "/" + $0.dropLast(suffix.count)) }
      .sorted { $0.name < $1.name }
  }

  public init(name: String) {
    self.name = name
    path = Fixtures.directory + "/" + name
  }

  /// The data, uncompressed where the fixture is stored as `.gz`.
  public func bytes() throws -> [UInt8] {
    if let plain = try? HostFiles.read(path) { return plain }
    return try Gzip.expand(HostFiles.read(path + ".gz"), limit: 1 << 30)
  }

  public func expected() throws -> JSONValue {
    try JSONValue(parsing: HostFiles.read(path + ".expected.json"))
  }
}
