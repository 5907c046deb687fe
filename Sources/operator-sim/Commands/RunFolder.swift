import CommandLine
import FoundationEssentials
import Glibc

/// The temporary folder of a run: marked as long as the run lasts, so that what a killed one left
/// behind can be told from what another one kept to be looked at.
struct RunFolder {
  let path: String

  private static let prefix = "operator-sim-run-"
  private static let mark = "/.running"

  /// Names a folder that is not there yet, and removes those of runs that were killed.
  static func temporary() -> RunFolder {
    let parent = FileManager.default.temporaryDirectory
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [] {
      guard name.hasPrefix(prefix) else { continue }
      let folder = parent.appending(path: name).path
      if isAbandoned(folder) { try? FileManager.default.removeItem(atPath: folder) }
    }
    let name = prefix + UUID().uuidString.prefix(8).lowercased()
    return RunFolder(path: parent.appending(path: name).path)
  }

  /// Says that this process works in it.
  func begin() throws {
    do {
      // Tokens of pods lie below it, which may be a real cluster's.
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try Data("\(getpid())".utf8).write(to: URL(filePath: path + Self.mark))
    } catch { throw CommandFailure("the folder \(path) cannot be made") }
  }

  func keep() { try? FileManager.default.removeItem(atPath: path + Self.mark) }

  /// Whether a container has written something below a folder.
  static func holdsLogs(_ path: String) -> Bool {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return names.contains { $0.hasSuffix(".log") }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  private static func isAbandoned(_ folder: String) -> Bool {
    guard let bytes = try? Data(contentsOf: URL(filePath: folder + mark)),
      let owner = pid_t(String(decoding: bytes, as: UTF8.self))
    else { return false }
    return kill(owner, 0) != 0 && errno == ESRCH
  }
}
