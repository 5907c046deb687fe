internal import FoundationEssentials

/// Whole files and folders of the machine that runs the tests.
public enum HostFiles {
  public static func read(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// The paths of all plain files below a folder, relative to it, sorted.
  public static func list(_ folder: String) -> [String] {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
    return names.flatMap { name in
      var isFolder = false
      _ = manager.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
      return isFolder ? list(folder + "/" + name).map { name + "/" + $0 } : [name]
    }.sorted()
  }

  /// Runs a body with an empty folder that is removed afterwards. It lies in memory where the
  /// machine has such a place: tests ask for more fsync(2) than a disk likes.
  public static func withTemporaryFolder<Result>(
    _ body: (String) throws -> Result
  ) throws -> Result {
    let manager = FileManager.default
    let memory = "/dev/shm"
    let parent =
      manager.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : manager.temporaryDirectory
    let folder = parent.appending(path: "filelog-offset-sync-test-\(UUID().uuidString)").path
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(atPath: folder) }
    return try body(folder)
  }
}
