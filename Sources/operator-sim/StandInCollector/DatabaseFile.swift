internal import Glibc

/// A database file opened for writing and locked, with the system calls that takes.
struct DatabaseFile: ~Copyable {
  let path: String
  private let descriptor: Int32

  /// Opens or creates the file and takes its lock as bbolt does: `flock`, exclusively, asking every
  /// 50 ms until the timeout.
  /// - Throws: ``BoltWriterError`` with `locked` when another process holds it all that time.
  init(path: String, lockTimeout: Duration) throws(BoltWriterError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw BoltWriterError(.system, "cannot open", path) }
    let clock = ContinuousClock()
    let deadline = clock.now + lockTimeout
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw BoltWriterError(.system, "cannot lock", path)
      }
      guard clock.now < deadline else {
        throw BoltWriterError(.locked, path)
      }
      usleep(50_000)
    }
  }

  /// Closing releases the lock.
  deinit { _ = Glibc.close(descriptor) }

  borrowing func size() throws(BoltWriterError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw BoltWriterError(.system, "cannot stat", path)
    }
    return Int(status.st_size)
  }

  borrowing func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(BoltWriterError) {
    var rest = bytes
    while !rest.isEmpty {
      let start = offset + (rest.startIndex - bytes.startIndex)
      let written = rest.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, start) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw BoltWriterError(.system, "cannot write", path)
      }
    }
  }

  borrowing func grow(to size: Int) throws(BoltWriterError) {
    guard ftruncate(descriptor, size) == 0 else {
      throw BoltWriterError(.system, "cannot grow", path)
    }
  }
}
