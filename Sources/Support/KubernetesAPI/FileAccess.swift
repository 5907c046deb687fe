internal import FilelogSystemCalls
internal import Glibc

/// Reads small files and tells whether they changed.
struct FileAccess: Sendable {
  /// Two equal stamps: the same content, as far as the file system can tell.
  struct Stamp: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Duration
  }

  /// The stamp of the file that the path leads to now; nil when there is none. A mounted secret is
  /// a link into a directory that the kubelet replaces, so a new token is a new inode.
  static func stamp(_ path: String) -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      modified: Duration(status.st_mtim))
  }

  /// The whole file.
  /// - Throws: when it cannot be read or is longer than `limit` bytes.
  static func read(_ path: String, limit: Int) throws(ConfigurationError) -> [UInt8] {
    do { return try SystemCalls.host.content(of: path, limit: limit) } catch {
      guard error.number != EFBIG else {
        throw ConfigurationError(
          .malformed, file: path, "the file is longer than \(limit) bytes")
      }
      throw ConfigurationError(
        .fileUnreadable, file: path, "the file cannot be read: \(error.reason)")
    }
  }
}
