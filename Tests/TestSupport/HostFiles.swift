internal import FoundationEssentials

/// Whole files and directories of the machine that runs the tests.
public enum HostFiles {
  public static func read(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// The paths of all plain files below a directory, relative to it, sorted.
  public static func list(_ directory: String) -> [String] {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: directory)) ?? []
    return names.flatMap { name in
      var isDirectory = false
      _ = manager.fileExists(atPath: directory + "/" + name, isDirectory: &isDirectory)
      return isDirectory ? list(directory + "/" + name).map { name + "/" + $0 } : [name]
    }.sorted()
  }

  /// Runs a body with an empty directory that is removed afterwards. It lies in memory where the
  /// machine has such a place: tests ask for more fsync(2) than a disk likes.
  public static func withTemporaryDirectory<Result>(
    _ body: (String) throws -> Result
  ) throws -> Result {
    let manager = FileManager.default
    let memory = "/dev/shm"
    let parent =
      manager.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : manager.temporaryDirectory
    let directory = parent.appending(path: "filelog-offset-sync-test-\(UUID().uuidString)").path
    try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? manager.removeItem(atPath: directory) }
    return try body(directory)
  }
}
