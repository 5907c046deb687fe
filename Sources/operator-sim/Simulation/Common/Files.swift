internal import FilelogSystemCalls
internal import FoundationEssentials
internal import Glibc

/// Files and directories of the simulation's work directory.
enum Files {
  static func makeDirectory(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw SimulationError("the directory \(path) cannot be made: \(reason(error))")
    }
  }

  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    do {
      try Data(bytes).write(to: URL(filePath: path))
    } catch {
      throw SimulationError("\(path) cannot be written: \(reason(error))")
    }
  }

  /// Writes a file with a secret, for its owner alone, whatever was there before.
  /// - Parameter temporary: its path until it is whole; nil: one beside it.
  static func writePrivate(
    _ bytes: some Sequence<UInt8>, to path: String, temporary: String? = nil
  ) throws {
    let system = SystemCalls.host
    let bytes = Array(bytes)
    do {
      try system.replaceFile(path, temporary: temporary ?? path + ".new", mode: 0o600) {
        (file) throws(SystemError) in try system.writeAll(file, bytes)
      }
    } catch {
      throw SimulationError("\(path) cannot be written: \(error)")
    }
  }

  /// Makes a file without blocks.
  static func makeSparse(_ path: String, length: Int) throws {
    try write([], to: path)
    guard truncate(path, length) == 0 else {
      let reason = String(cString: strerror(errno))
      remove(path)
      throw SimulationError(
        .needsSparseFiles, "\(path): cannot be \(length) bytes long (\(reason))")
    }
  }

  static func read(_ path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw SimulationError("\(path) cannot be read: \(reason(error))")
    }
  }

  /// Does nothing when there is nothing to remove.
  static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }

  static func rename(_ from: String, to: String) throws {
    do {
      try FileManager.default.moveItem(atPath: from, toPath: to)
    } catch {
      throw SimulationError("\(from) cannot be renamed: \(reason(error))")
    }
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  static func contents(of directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    if let cause = error.userInfo["NSUnderlyingError"] as? POSIXError {
      return String(cString: strerror(cause.code.rawValue))
    }
    return error.code == .fileReadNoSuchFile ? "no such file" : "error \(error.code.rawValue)"
  }
}
