import FilelogCommandLine
import FoundationEssentials
import Glibc

/// The temporary directory of a run: marked as long as the run lasts, so that what a killed one left
/// behind can be told from what another one kept to be looked at.
struct RunDirectory {
  let path: String

  private static let prefix = "operator-sim-run-"
  private static let mark = "/.running"

  /// Names a directory that is not there yet, and removes those of runs that were killed.
  /// - Parameter isSparse: whether it is to have room for sparse files of any length, where this machine
  ///   has such a place.
  static func temporary(isSparse: Bool) -> RunDirectory {
    let memory = "/dev/shm"
    let parent =
      isSparse && FileManager.default.isWritableFile(atPath: memory)
      ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [] {
      guard name.hasPrefix(prefix) else { continue }
      let directory = parent.appending(path: name).path
      if isAbandoned(directory) { try? FileManager.default.removeItem(atPath: directory) }
    }
    let name = prefix + UUID().uuidString.prefix(8).lowercased()
    return RunDirectory(path: parent.appending(path: name).path)
  }

  /// Marks it as in use by this process.
  func begin() throws {
    do {
      // Tokens of pods lie below it, which may be a real cluster's.
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data("\(getpid())".utf8).write(to: URL(filePath: path + Self.mark))
    } catch { throw CommandFailure("\(path): directory cannot be created") }
  }

  func keep() { try? FileManager.default.removeItem(atPath: path + Self.mark) }

  /// Whether a container has written something below a directory.
  static func holdsLogs(_ path: String) -> Bool {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return names.contains { $0.hasSuffix(".log") }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  private static func isAbandoned(_ directory: String) -> Bool {
    guard let bytes = try? Data(contentsOf: URL(filePath: directory + mark)),
      let owner = pid_t(String(decoding: bytes, as: UTF8.self))
    else { return false }
    return kill(owner, 0) != 0 && errno == ESRCH
  }
}
