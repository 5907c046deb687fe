internal import FilelogSystemCalls
internal import Glibc

/// A pod's offsets volume in memory.
final class MemoryDirectory: @unchecked Sendable {
  /// A file, whatever its name is by now.
  final class File {
    var bytes: [UInt8] {
      get {
        if let content {
          written = content()
          self.content = nil
        }
        return written
      }
      set {
        content = nil
        written = newValue
      }
    }
    /// Makes the bytes when they are looked at; nil where they are made already.
    var content: (() -> [UInt8])?
    private var written: [UInt8] = []
    /// Its length, where that is of zeros without blocks; nil: that of the bytes.
    var sparseLength: Int?
    /// When it was last written, since 1970.
    var modified = Duration.zero
    /// Whether the collector holds its exclusive lock.
    var isLocked = false
  }

  /// Its absolute path.
  let path: String
  private(set) var files: [String: File] = [:]
  /// Called before the directory is looked into: lets what has happened in the meantime become visible.
  var beforeLook: () -> Void = {}

  init(path: String) { self.path = path }

  /// The file of that name, made when it is not there.
  func file(_ name: String) -> File {
    if let file = files[name] { return file }
    let file = File()
    files[name] = file
    return file
  }

  func rename(_ from: String, _ to: String) throws(SystemError) {
    guard let file = files.removeValue(forKey: from) else { throw SystemError("rename", ENOENT) }
    files[to] = file
  }

  func remove(_ name: String) throws(SystemError) {
    guard files.removeValue(forKey: name) != nil else { throw SystemError("unlink", ENOENT) }
  }
}
