internal import Glibc
internal import SystemCalls

/// A pod's offsets volume in memory, seen by the sidecar through its own system calls.
final class MemoryDirectory: @unchecked Sendable {
  /// A file, whatever its name is by now.
  final class File {
    var bytes: [UInt8] = []
    /// Whether the collector holds its exclusive lock.
    var isLocked = false
  }

  private(set) var files: [String: File] = [:]
  /// Called before the directory is looked into: lets what has happened in the meantime become visible.
  var beforeLook: () -> Void = {}

  /// The file of that name, made when it is not there.
  func file(_ name: String) -> File {
    if let file = files[name] { return file }
    let file = File()
    files[name] = file
    return file
  }

  var usedBytes: Int { files.values.reduce(0) { $0 + $1.bytes.count } }

  private static let directoryDescriptor: Int32 = 3

  /// System calls that see this directory and nothing else.
  /// - Parameter isGone: whether the caller's container is dead, and everything fails.
  func calls(isGone: @escaping @Sendable () -> Bool) -> SystemCalls {
    let table = DescriptorTable()
    @Sendable func open(_ name: String, _ flags: Int32) throws(SystemError) -> Int32 {
      if isGone() { throw SystemError("open", EIO) }
      if flags & O_DIRECTORY != 0 { return Self.directoryDescriptor }
      if flags & O_CREAT != 0 {
        if files[name] != nil { throw SystemError("open", EEXIST) }
        return table.add(file(name))
      }
      guard let file = files[name] else { throw SystemError("open", ENOENT) }
      return table.add(file)
    }
    var calls = SystemCalls.host
    calls.open = { (_, name, flags, _) throws(SystemError) in try open(name, flags) }
    calls.close = { (descriptor) throws(SystemError) in table.files[descriptor] = nil }
    calls.status = { (descriptor) throws(SystemError) in
      var status = stat()
      if descriptor == Self.directoryDescriptor {
        status.st_mode = S_IFDIR | 0o700
        return status
      }
      status.st_mode = S_IFREG | 0o600
      status.st_size = try table.file(descriptor, "fstat").bytes.count
      return status
    }
    calls.attributes = { [self] (_, name) throws(SystemError) in
      guard let file = files[name] else { throw SystemError("fstatat", ENOENT) }
      var status = stat()
      status.st_mode = S_IFREG | 0o600
      status.st_size = file.bytes.count
      status.st_blocks = (file.bytes.count + 511) / 512
      return status
    }
    calls.names = { [self] (_, visit) throws(SystemError) in
      if isGone() { throw SystemError("readdir", EIO) }
      beforeLook()
      for name in files.keys.sorted() where !visit(name) { return }
    }
    calls.read = { (descriptor, buffer, offset) throws(SystemError) in
      let bytes = try table.file(descriptor, "pread").bytes
      guard offset < bytes.count else { return 0 }
      let count = min(buffer.count, bytes.count - Int(offset))
      bytes.withUnsafeBytes { bytes in
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)...].prefix(count)))
      }
      return count
    }
    calls.write = { (descriptor, buffer) throws(SystemError) in
      if isGone() { throw SystemError("write", EIO) }
      try table.file(descriptor, "write").bytes.append(contentsOf: buffer)
      return buffer.count
    }
    calls.setModified = { (_, _) throws(SystemError) in }
    calls.synchronize = { (_) throws(SystemError) in }
    calls.rename = { [self] (_, from, to) throws(SystemError) in
      guard !isGone(), let file = files.removeValue(forKey: from) else {
        throw SystemError("rename", ENOENT)
      }
      files[to] = file
    }
    calls.unlink = { [self] (_, name) throws(SystemError) in
      guard !isGone(), files.removeValue(forKey: name) != nil else {
        throw SystemError("unlink", ENOENT)
      }
    }
    calls.lock = { (descriptor, operation) throws(SystemError) in
      let file = try table.file(descriptor, "flock")
      return operation & LOCK_UN != 0 || !file.isLocked
    }
    return calls
  }

  private final class DescriptorTable: @unchecked Sendable {
    var files: [Int32: File] = [:]
    private var next = MemoryDirectory.directoryDescriptor + 1

    func add(_ file: File) -> Int32 {
      defer { next += 1 }
      files[next] = file
      return next
    }

    func file(_ descriptor: Int32, _ call: String) throws(SystemError) -> File {
      guard let file = files[descriptor] else { throw SystemError(call, EBADF) }
      return file
    }
  }
}
