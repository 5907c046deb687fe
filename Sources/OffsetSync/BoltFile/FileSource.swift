public import FilelogSystemCalls
public import Glibc

/// A database file opened for reading. It takes no lock: the collector holds the exclusive one all
/// its life, so a reader that asked would never return.
public final class FileSource: ByteSource {
  public let name: String
  private let calls: SystemCalls
  private let descriptor: SystemCalls.Descriptor

  /// - Parameters:
  ///   - path: absolute, or relative to `directory`.
  ///   - directory: an open directory that a relative path begins at.
  ///   - name: how errors call the file; its path by default.
  ///   - calls: the operating system.
  /// - Throws: ``BoltError``: `notADatabase` for links, `notAFile` for directories and whatever else is not a
  ///   plain file, `unreadable` where the system refuses.
  public init(
    path: String, in directory: SystemCalls.Descriptor = AT_FDCWD, name: String? = nil,
    calls: SystemCalls = .host
  ) throws(BoltError) {
    let name = name ?? path
    self.name = name
    self.calls = calls
    do {
      descriptor = try calls.open(
        directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
    } catch {
      switch error.number {
      // A link.
      case ELOOP: throw BoltError(.notADatabase, "not a plain file", file: name)
      // A socket.
      case ENXIO: throw BoltError(.notAFile, "not a plain file", file: name)
      default: throw BoltError(.unreadable, error.description, file: name)
      }
    }
    guard try status().st_mode & S_IFMT == S_IFREG else {
      throw BoltError(.notAFile, "not a plain file", file: name)
    }
  }

  deinit { try? calls.close(descriptor) }

  public func size() throws(BoltError) -> UInt64 {
    UInt64(try status().st_size)
  }

  /// When it was last written: time since 1970, no finer than the kernel's tick.
  public func modified() throws(BoltError) -> Duration {
    Duration(try status().st_mtim)
  }

  public var writtenAt: Duration? { try? modified() }

  /// Whether a process holds the file's exclusive lock, as a collector does from opening a database
  /// to closing it.
  public func isLocked() throws(BoltError) -> Bool {
    try Self.asked(name) { () throws(SystemError) in
      guard try calls.lock(descriptor, LOCK_SH) else { return true }
      _ = try calls.lock(descriptor, LOCK_UN)
      return false
    }
  }

  public func read(at offset: UInt64, count: Int) throws(BoltError) -> ArraySlice<UInt8> {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      do throws(SystemError) {
        while filled < count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: raw[filled...])
          let got = try calls.read(descriptor, rest, offset + UInt64(filled))
          guard got > 0 else { return }
          filled += got
        }
      } catch { failure = error }
    }
    if let failure {
      throw BoltError(.unreadable, failure.description, file: name, offset: offset)
    }
    return bytes[...]
  }

  private func status() throws(BoltError) -> stat {
    try Self.asked(name) { () throws(SystemError) in try calls.status(descriptor) }
  }

  /// Asks the operating system, and names the file where it refuses.
  private static func asked<Answer>(
    _ name: String, _ body: () throws(SystemError) -> Answer
  ) throws(BoltError) -> Answer {
    do { return try body() } catch {
      throw BoltError(.unreadable, error.description, file: name)
    }
  }
}
