internal import Glibc

/// Keeps a second emulator away from a state file: what one writes, the other would lose.
enum FileLock {
  /// Another process holds the lock.
  struct Taken: Error {}

  /// Locks an open file until its descriptor is closed.
  static func take(_ descriptor: Int32) throws(Taken) {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { throw Taken() }
  }

  /// Opens the file at a path, which is made if need be, and locks it.
  /// - Returns: the descriptor, to be closed when the lock is no longer needed; negative, with
  ///   `errno`, when the file cannot be opened.
  static func open(_ path: String) throws(Taken) -> Int32 {
    while true {
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      if descriptor < 0 { return descriptor }
      do {
        try take(descriptor)
      } catch {
        close(descriptor)
        throw error
      }
      // Its former holder may have put another file in its place meanwhile.
      if isStill(descriptor, path) { return descriptor }
      close(descriptor)
    }
  }

  private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0 else { return false }
    return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }
}
