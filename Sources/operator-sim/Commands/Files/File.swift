import FilelogCommandLine
import FilelogSystemCalls
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
    do {
      let calls = SystemCalls.host
      guard path != "-" else {
        return try calls.content(of: STDIN_FILENO, limit: limit, first: first)
      }
      let descriptor = try calls.open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
      defer { try? calls.close(descriptor) }
      return try calls.content(of: descriptor, limit: limit, first: first)
    } catch {
      let name = path == "-" ? "stdin" : path
      guard error.number != EFBIG else {
        throw CommandFailure("cannot read \(name): it is larger than \(limit >> 20) MiB")
      }
      throw CommandFailure("cannot read \(name): \(error.reason)")
    }
  }

  /// Writes a file whole or not at all. What is there and is not a plain file, such as `/dev/stdout`, a
  /// pipe or a disk's device, is written to and stays.
  /// - Parameter mode: the permissions; 0600 for what holds secrets, from its first moment.
  static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t = 0o644
  ) throws(CommandFailure) {
    let calls = SystemCalls.host
    do {
      if let descriptor = standardStream(path) { return try calls.writeAll(descriptor, bytes) }
      if isSpecial(path) {
        let descriptor = try calls.open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0)
        defer { try? calls.close(descriptor) }
        return try calls.writeAll(descriptor, bytes)
      }
      try calls.replaceFile(path, temporary: "\(path).\(getpid()).tmp", mode: mode) {
        (descriptor) throws(SystemError) in try calls.writeAll(descriptor, bytes)
      }
    } catch { throw CommandFailure("cannot write \(path): \(error.reason)") }
  }

  /// A file that is opened anew begins at its start: what this process writes else would be lost.
  private static func standardStream(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1": STDOUT_FILENO
    case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2": STDERR_FILENO
    default: nil
    }
  }

  /// Whether a path leads to something else than a plain file.
  private static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// Creates a directory and those above it; one that exists is fine, and stays as it is.
  /// - Parameter mode: the permissions of those that are made.
  static func createDirectory(
    _ path: String, mode: mode_t = 0o755
  ) throws(CommandFailure) {
    // What a shell makes of an unset variable; files would go to the root directory.
    guard !path.isEmpty else { throw CommandFailure("the name of the directory is empty") }
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part
      guard mkdir(prefix, mode) == 0 || errno == EEXIST else { throw failure("create", prefix) }
      prefix += "/"
    }
  }

  /// The names in a directory, sorted.
  static func list(_ path: String) throws(CommandFailure) -> [String] {
    do { return try SystemCalls.host.sortedNames(path: path) } catch {
      throw CommandFailure("cannot list \(path): \(error.reason)")
    }
  }

  /// Whether a path is a plain file; reading anything else may never end.
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
