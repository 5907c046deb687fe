import BoltFile
import OffsetSync
import TestSupport

/// Databases that a real collector left behind.
struct Scenario {
  /// The directory in `Tests/Fixtures/collector`.
  let directory: String
  let logFiles: Int
  let databases: [(name: String, bytes: [UInt8])]

  static func all() throws -> [Scenario] {
    // The smallest that is not trivial: three receivers with 12, 3 and no log files.
    [
      try Scenario("several-receivers", logFiles: 15), try Scenario("200-files", logFiles: 200),
      try Scenario("2000-files", logFiles: 2000),
    ]
  }

  private init(_ directory: String, logFiles: Int) throws {
    self.directory = directory
    self.logFiles = logFiles
    databases = try Fixture.all(in: "collector/\(directory)").map { fixture in
      (String(fixture.name.split(separator: "/").last ?? ""), try fixture.bytes())
    }
  }

  var node: Subject { .node(logFiles: logFiles) }

  func write(to directory: String) throws {
    for (name, bytes) in databases { try HostFiles.write(bytes, to: directory + "/" + name) }
  }

  func snapshot() throws -> Snapshot {
    var snapshot = Snapshot()
    for (name, bytes) in databases {
      let source = MemorySource(bytes[...], name: name)
      snapshot.files[name] = .database(try BoltDatabase.read(source))
    }
    return snapshot
  }
}
