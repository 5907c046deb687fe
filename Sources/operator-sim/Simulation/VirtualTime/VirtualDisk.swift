internal import FilelogContract
internal import FilelogSystemCalls
internal import Glibc

/// What the containers of a pod see of the disk, through system calls: the offsets volume, the node's
/// logs, and the links to rotated ones.
final class VirtualDisk: @unchecked Sendable {
  let offsets: MemoryDirectory
  /// Directories with log files and with links, by absolute path.
  private let trees: [String: VirtualDirectory]
  /// Virtual time, and where it began since 1970.
  private let time: VirtualTime

  static let logs = Contract.LogDirectory.pods

  /// - Parameters:
  ///   - logs: the node's `/var/log/pods`.
  ///   - links: where links go, and its path; nil where none are made.
  init(
    _ time: VirtualTime, offsets: MemoryDirectory, logs: VirtualDirectory,
    links: (path: String, directory: VirtualDirectory)?
  ) {
    self.time = time
    self.offsets = offsets
    trees = [Self.logs: logs].merging(links.map { [$0.path: $0.directory] } ?? [:]) { $1 }
  }

  private enum Open {
    case volume
    case directory(VirtualDirectory)
    case file(MemoryDirectory.File)
    case log(VirtualLogFile)
  }

  /// Open files of one container.
  private final class Table: @unchecked Sendable {
    private var open: [Int32: Open] = [:]
    private var next: Int32 = 3

    func add(_ file: Open) -> Int32 {
      defer { next += 1 }
      open[next] = file
      return next
    }

    func close(_ descriptor: Int32) { open[descriptor] = nil }

    func get(_ descriptor: Int32, _ call: String) throws(SystemError) -> Open {
      guard let file = open[descriptor] else { throw SystemError(call, EBADF) }
      return file
    }

    func file(_ descriptor: Int32, _ call: String) throws(SystemError) -> MemoryDirectory.File {
      guard case .file(let file) = open[descriptor] else { throw SystemError(call, EBADF) }
      return file
    }

    func directory(_ descriptor: Int32, _ call: String) throws(SystemError) -> VirtualDirectory {
      guard case .directory(let directory) = open[descriptor] else {
        throw SystemError(call, ENOTDIR)
      }
      return directory
    }
  }

  /// System calls that see this disk and nothing else.
  /// - Parameter isGone: whether the caller's container is dead, and everything fails.
  func calls(isGone: @escaping @Sendable () -> Bool) -> SystemCalls {
    let table = Table()
    @Sendable func check(_ call: String) throws(SystemError) {
      if isGone() { throw SystemError(call, EIO) }
    }
    var calls = SystemCalls.host
    calls.open = { [self] (directory, name, flags, _) throws(SystemError) in
      try check("open")
      return table.add(
        try directory == AT_FDCWD ? root(name) : open(name, flags, in: table.get(directory, "open"))
      )
    }
    calls.close = { (descriptor) throws(SystemError) in table.close(descriptor) }
    calls.status = { [self] (descriptor) throws(SystemError) in
      status(try table.get(descriptor, "fstat"))
    }
    calls.attributes = { [self] (_, name) throws(SystemError) in
      guard let file = offsets.files[name] else { throw SystemError("fstatat", ENOENT) }
      return status(.file(file))
    }
    calls.names = { [self] (descriptor, visit) throws(SystemError) in
      try check("readdir")
      let names: [String]
      switch try table.get(descriptor, "readdir") {
      case .volume:
        offsets.beforeLook()
        names = Array(offsets.files.keys)
      case .directory(let directory): names = Array(directory.entries.keys)
      case .file, .log: throw SystemError("readdir", ENOTDIR)
      }
      for name in names.sorted() where !visit(name) { return }
    }
    calls.read = { (descriptor, buffer, offset) throws(SystemError) in
      let bytes: [UInt8]
      switch try table.get(descriptor, "pread") {
      case .file(let file):
        if let length = file.sparseLength {
          let zeros = repeatElement(UInt8(0), count: min(buffer.count, length - Int(offset)))
          buffer.copyBytes(from: Array(zeros))
          return zeros.count
        }
        bytes = file.bytes
      case .log(let log): return log.read(into: buffer, at: offset, self.time.now)
      case .volume, .directory: throw SystemError("pread", EISDIR)
      }
      guard offset < bytes.count else { return 0 }
      let count = min(buffer.count, bytes.count - Int(offset))
      buffer.copyBytes(from: bytes[Int(offset)...].prefix(count))
      return count
    }
    calls.write = { [self] (descriptor, buffer) throws(SystemError) in
      try check("write")
      let file = try table.file(descriptor, "write")
      file.bytes.append(contentsOf: buffer)
      file.modified = now
      return buffer.count
    }
    calls.setModified = { (descriptor, time) throws(SystemError) in
      try table.file(descriptor, "futimens").modified = time
    }
    calls.synchronize = { (_) throws(SystemError) in }
    calls.rename = { [self] (_, from, to) throws(SystemError) in
      try check("rename")
      try offsets.rename(from, to)
    }
    calls.unlink = { [self] (directory, name) throws(SystemError) in
      try check("unlink")
      if case .directory(let directory) = try table.get(directory, "unlink") {
        guard case .link = directory.entries.removeValue(forKey: name) else {
          throw SystemError("unlink", ENOENT)
        }
      } else {
        try offsets.remove(name)
      }
    }
    calls.lock = { (descriptor, operation) throws(SystemError) in
      let file = try table.file(descriptor, "flock")
      return operation & LOCK_UN != 0 || !file.isLocked
    }
    calls.target = { (directory, name) in
      guard let directory = try? table.directory(directory, "readlinkat"),
        case .link(let link) = directory.entries[name]
      else { return nil }
      return link.target
    }
    calls.makeLink = { [self] (directory, name, target) throws(SystemError) in
      try check("symlinkat")
      let directory = try table.directory(directory, "symlinkat")
      guard directory.entries[name] == nil else { throw SystemError("symlinkat", EEXIST) }
      directory.entries[name] = .link(.init(target: target, made: time.now))
    }
    calls.makeDirectory = { (directory, name) throws(SystemError) in
      try check("mkdirat")
      _ = try table.directory(directory, "mkdirat").directory(name)
    }
    calls.removeDirectory = { (directory, name) in
      guard !isGone(), let directory = try? table.directory(directory, "unlinkat"),
        case .directory(let inner) = directory.entries[name], inner.entries.isEmpty
      else { return false }
      directory.entries[name] = nil
      return true
    }
    return calls
  }

  private var now: Duration { VirtualTime.epoch + time.now }

  private func root(_ path: String) throws(SystemError) -> Open {
    if let tree = trees[path] { return .directory(tree) }
    // Docker's directory of containers is not there.
    guard path == offsets.path else { throw SystemError("open", ENOENT) }
    return .volume
  }

  private func open(_ name: String, _ flags: Int32, in directory: Open) throws(SystemError) -> Open
  {
    switch directory {
    case .volume:
      if flags & O_DIRECTORY != 0 { return .volume }
      if flags & O_CREAT != 0 {
        if offsets.files[name] != nil { throw SystemError("open", EEXIST) }
        return .file(offsets.file(name))
      }
      guard let file = offsets.files[name] else { throw SystemError("open", ENOENT) }
      return .file(file)
    case .directory(let directory):
      switch directory.entries[name] {
      case .directory(let inner): return .directory(inner)
      case .log(let log) where flags & O_DIRECTORY == 0: return .log(log)
      case .log: throw SystemError("open", ENOTDIR)
      case .link: throw SystemError("open", ELOOP)
      case nil: throw SystemError("open", ENOENT)
      }
    case .file, .log: throw SystemError("open", ENOTDIR)
    }
  }

  private func status(_ file: Open) -> stat {
    var status = stat()
    var modified = now
    switch file {
    case .volume, .directory: status.st_mode = S_IFDIR | 0o700
    case .file(let file):
      status.st_mode = S_IFREG | 0o600
      status.st_size = file.sparseLength ?? file.bytes.count
      status.st_blocks = (file.bytes.count + 511) / 512
      modified = file.modified
    case .log(let log):
      status.st_mode = S_IFREG | 0o640
      status.st_size = log.fileBytes(at: time.now)
      modified = VirtualTime.epoch + log.modified(at: time.now)
    }
    status.st_mtim = timespec(modified)
    return status
  }
}
