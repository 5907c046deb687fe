import CommandLine
import Glibc

/// Files as commands use them; every failure is one line that names the path.
enum File {
  /// Reads a file, or standard input for `-`.
  /// - Parameters:
  ///   - limit: with more bytes than these it fails.
  ///   - first: it reads no further.
  static func read(
    _ path: String, limit: Int = .max, first: Int = .max
  ) throws(CommandFailure) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < first {
      let count = Glibc.read(descriptor, &chunk, min(chunk.count, first - bytes.count))
      if count == 0 { break }
      if count < 0, errno != EINTR { throw failure("read", path) }
      if count > 0 { bytes += chunk[..<count] }
      guard bytes.count <= limit else {
        let name = path == "-" ? "stdin" : path
        throw CommandFailure("cannot read \(name): it is larger than \(limit >> 20) MiB")
      }
    }
    return bytes
  }

  /// Writes a file whole or not at all.
  static func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR {
        let failure = failure("write", path)
        close(descriptor)
        unlink(temporary)
        throw failure
      }
      rest = rest.dropFirst(max(count, 0))
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let failure = failure("write", path)
      unlink(temporary)
      throw failure
    }
  }

  /// Creates a folder and those above it; one that exists is fine.
  static func createDirectory(_ path: String) throws(CommandFailure) {
    // What a shell makes of an unset variable; files would go to the root folder.
    guard !path.isEmpty else { throw CommandFailure("the name of the folder is empty") }
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part
      guard mkdir(prefix, 0o755) == 0 || errno == EEXIST else { throw failure("create", prefix) }
      prefix += "/"
    }
  }

  /// The names in a folder, sorted.
  static func list(_ path: String) throws(CommandFailure) -> [String] {
    guard let directory = opendir(path) else { throw failure("list", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a path is a plain file; reading anything else may wait for ever.
  static func isPlain(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  static func remove(_ path: String) throws(CommandFailure) {
    guard unlink(path) == 0 else { throw failure("remove", path) }
  }

  private static func failure(_ action: String, _ path: String) -> CommandFailure {
    CommandFailure("cannot \(action) \(path): \(String(cString: strerror(errno)))")
  }
}
