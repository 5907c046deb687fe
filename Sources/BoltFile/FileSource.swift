internal import Glibc

/// A database file opened for reading. It takes no lock: the collector holds the exclusive one all
/// its life, so a reader that asked would wait for ever.
public final class FileSource: ByteSource {
  public let name: String
  private let descriptor: Int32

  /// - Parameter name: how errors call the file; its path by default.
  /// - Throws: ``BoltError`` with code `unreadable`. Links and anything but a plain file are refused.
  public init(path: String, name: String? = nil) throws(BoltError) {
    self.name = name ?? path
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure("cannot open", self.name) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let error = Self.failure("cannot stat", self.name)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw BoltError(.unreadable, "not a plain file", file: self.name)
    }
  }

  deinit { close(descriptor) }

  public func size() throws(BoltError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure("cannot stat", name) }
    return UInt64(status.st_size)
  }

  public func read(at offset: UInt64, count: Int) throws(BoltError) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failed = true
          return
        }
      }
    }
    guard !failed else { throw Self.failure("cannot read", name, offset: offset) }
    return bytes
  }

  private static func failure(
    _ what: String, _ name: String, offset: UInt64? = nil
  ) -> BoltError {
    BoltError(
      .unreadable, "\(what): \(String(cString: strerror(errno)))", file: name, offset: offset)
  }
}
