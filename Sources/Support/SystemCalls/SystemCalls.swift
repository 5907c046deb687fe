public import Glibc

/// The calls into the operating system that touch the offsets, each behind a Swift name.
///
/// They are values so that a test can let any one of them fail, come up short or stall:
/// everything above sees only this.
public struct SystemCalls: Sendable {
  /// An open file or directory.
  public typealias Descriptor = Int32

  /// Arguments as in openat(2); a path relative to `directory`, or absolute.
  public var open:
    @Sendable (_ directory: Descriptor, _ path: String, _ flags: Int32, _ mode: mode_t)
      throws(SystemError) -> Descriptor
  /// close(2).
  public var close: @Sendable (Descriptor) throws(SystemError) -> Void
  /// fstat(2).
  public var status: @Sendable (Descriptor) throws(SystemError) -> stat
  /// fstatat(2) of a name in a directory; of a link itself, not of what it leads to.
  public var attributes:
    @Sendable (_ directory: Descriptor, _ name: String) throws(SystemError) -> stat
  /// Visits the names in a directory, `.` and `..` left out, in the system's order, until the visitor
  /// returns false.
  public var names: @Sendable (Descriptor, _ visit: (String) -> Bool) throws(SystemError) -> Void
  /// One pread(2): may return fewer bytes than the buffer holds. What has no places, such as a pipe,
  /// gives its next bytes.
  public var read:
    @Sendable (Descriptor, _ into: UnsafeMutableRawBufferPointer, _ offset: UInt64)
      throws(SystemError) -> Int
  /// One write(2): may take fewer bytes than given.
  public var write: @Sendable (Descriptor, UnsafeRawBufferPointer) throws(SystemError) -> Int
  /// fsync(2), of a file or a directory.
  public var synchronize: @Sendable (Descriptor) throws(SystemError) -> Void
  /// Both names in the same directory.
  public var rename:
    @Sendable (_ directory: Descriptor, _ from: String, _ to: String) throws(SystemError) -> Void
  /// unlinkat(2) of a file.
  public var unlink: @Sendable (_ directory: Descriptor, _ name: String) throws(SystemError) -> Void
  /// flock(2) with `LOCK_NB`; false when another process holds a lock that excludes it.
  public var lock: @Sendable (Descriptor, _ operation: Int32) throws(SystemError) -> Bool
  /// Stamps an open file as written at a time since 1970, futimens(2).
  public var setModified: @Sendable (Descriptor, Duration) throws(SystemError) -> Void = {
    (descriptor, time) throws(SystemError) in
    let stamp = timespec(time)
    _ = try checked("futimens") { futimens(descriptor, [stamp, stamp]) }
  }
  /// readlinkat(2): the target of a symbolic link; nil for anything else, and where it is longer than a
  /// path may be or is not text.
  public var target: @Sendable (_ directory: Descriptor, _ name: String) -> String? = {
    directory, name in
    let size = 4096
    let target = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      guard let start = buffer.baseAddress else { return }
      filled = start.withMemoryRebound(to: CChar.self, capacity: size) {
        max(0, readlinkat(directory, name, $0, size))
      }
    }
    guard !target.isEmpty, target.count < size else { return nil }
    return String(validating: target, as: UTF8.self)
  }
  /// symlinkat(2); what the link leads to need not exist.
  public var makeLink:
    @Sendable (_ directory: Descriptor, _ name: String, _ target: String) throws(SystemError) ->
      Void =
      { (directory, name, target) throws(SystemError) in
        _ = try checked("symlinkat") { symlinkat(target, directory, name) }
      }
  /// mkdirat(2), where there is no such directory yet.
  public var makeDirectory:
    @Sendable (_ directory: Descriptor, _ name: String) throws(SystemError) -> Void = {
      (directory, name) throws(SystemError) in
      do throws(SystemError) {
        _ = try checked("mkdirat") { mkdirat(directory, name, 0o755) }
      } catch {
        guard error.number == EEXIST else { throw error }
      }
    }
  /// unlinkat(2) of an empty directory; false when it is still there.
  public var removeDirectory: @Sendable (_ directory: Descriptor, _ name: String) -> Bool = {
    unlinkat($0, $1, AT_REMOVEDIR) == 0
  }
}

extension SystemCalls {
  /// The real ones. `EINTR` is retried here and never seen above.
  public static let host = SystemCalls(
    open: { (directory, path, flags, mode) throws(SystemError) in
      try checked("open") { openat(directory, path, flags, mode) }
    },
    close: { (descriptor) throws(SystemError) in
      // Linux has closed the descriptor even when close(2) says EINTR.
      guard Glibc.close(descriptor) == 0 || errno == EINTR else {
        throw SystemError("close", errno)
      }
    },
    status: { (descriptor) throws(SystemError) in
      var status = stat()
      _ = try checked("fstat") { fstat(descriptor, &status) }
      return status
    },
    attributes: { (directory, name) throws(SystemError) in
      var status = stat()
      _ = try checked("fstatat") { fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
      return status
    },
    names: { (descriptor, visit) throws(SystemError) in try visitNames(descriptor, visit) },
    read: { (descriptor, buffer, offset) throws(SystemError) in
      do throws(SystemError) {
        return try checked("pread") {
          pread(descriptor, buffer.baseAddress, buffer.count, off_t(clamping: offset))
        }
      } catch {
        guard error.number == ESPIPE else { throw error }
        return try checked("read") { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
      }
    },
    write: { (descriptor, buffer) throws(SystemError) in
      try checked("write") { Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
    },
    synchronize: { (descriptor) throws(SystemError) in
      _ = try checked("fsync") { fsync(descriptor) }
    },
    rename: { (directory, from, to) throws(SystemError) in
      _ = try checked("rename") { renameat(directory, from, directory, to) }
    },
    unlink: { (directory, name) throws(SystemError) in
      _ = try checked("unlink") { unlinkat(directory, name, 0) }
    },
    lock: { (descriptor, operation) throws(SystemError) in
      while flock(descriptor, operation | LOCK_NB) != 0 {
        if errno == EWOULDBLOCK { return false }
        if errno != EINTR { throw SystemError("flock", errno) }
      }
      return true
    })

  private static func checked<Number: BinaryInteger>(
    _ call: String, _ body: () -> Number
  ) throws(SystemError) -> Number {
    while true {
      let result = body()
      if result >= 0 { return result }
      if errno != EINTR { throw SystemError(call, errno) }
    }
  }

  private static func visitNames(
    _ descriptor: Descriptor, _ visit: (String) -> Bool
  ) throws(SystemError) {
    // closedir(3) closes what fdopendir(3) was given, so that gets its own descriptor.
    let own = try checked("open") { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(own) else {
      let number = errno
      _ = Glibc.close(own)
      throw SystemError("fdopendir", number)
    }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw SystemError("readdir", errno) }
        return
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != "..", !visit(name) { return }
    }
  }
}
