public import BoltFile
internal import FilelogContract
public import FilelogSystemCalls
internal import Glibc

/// The offsets directory. Files are named by their plain name in it and opened relative to the open
/// directory, so nothing outside can be reached, not through a link either.
public final class Volume {
  /// What the DaemonSet lets the directory hold, in bytes: the emptyDir's `sizeLimit: 10M`.
  public static let contractSize = Contract.OffsetsVolume.sizeLimitBytes

  /// The file in which the containers note what the directory went through in this boot of the machine.
  public static let historyName = FileName.history

  /// The directory's absolute path.
  public let path: String
  let calls: SystemCalls
  private let directory: SystemCalls.Descriptor

  /// Opens a directory.
  /// - Parameters:
  ///   - path: where it is.
  ///   - makesMissing: whether it is made where it is absent: below a volume's mount it is on a new node,
  ///     and the collector would make it, after the init container.
  ///   - calls: the system calls.
  public init(
    path: String, makesMissing: Bool = false, calls: SystemCalls = .host
  ) throws(VolumeError) {
    self.path = path
    self.calls = calls
    do throws(SystemError) {
      do throws(SystemError) { directory = try Self.open(path, calls) } catch {
        guard makesMissing, error.number == ENOENT else { throw error }
        try Self.make(path, calls)
        directory = try Self.open(path, calls)
      }
    } catch {
      throw VolumeError(path: path, action: "open the offsets directory", cause: error)
    }
  }

  private static func open(
    _ path: String, _ calls: SystemCalls
  ) throws(SystemError) -> SystemCalls.Descriptor {
    try calls.open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
  }

  private static func make(_ path: String, _ calls: SystemCalls) throws(SystemError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      // Those above may be there on a file system that cannot be written.
      if (try? calls.attributes(AT_FDCWD, made)) == nil {
        try calls.makeDirectory(AT_FDCWD, made)
      }
    }
  }

  deinit { try? calls.close(directory) }

  /// Calls `visit` with the name of everything in the directory, in the system's order, passing files
  /// of the collector included, until it returns false. However many there are, none is kept.
  func forEachName(_ visit: (String) -> Bool) throws(VolumeError) {
    do { try calls.names(directory, visit) } catch {
      throw VolumeError(path: path, action: "list", cause: error)
    }
  }

  /// The names of everything in the directory, sorted.
  public func names() throws(VolumeError) -> [String] {
    var names: [String] = []
    try forEachName {
      names.append($0)
      return true
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether there is anything of that name.
  func contains(_ name: String) throws(VolumeError) -> Bool {
    do {
      _ = try calls.attributes(directory, name)
      return true
    } catch {
      if error.number == ENOENT { return false }
      throw VolumeError(path: path + "/" + name, action: "look at", cause: error)
    }
  }

  /// Opens a plain file for reading.
  public func file(_ name: String) throws(BoltError) -> FileSource {
    try FileSource(path: name, in: directory, name: name, calls: calls)
  }

  /// Puts a file in place: old content or new, never less, a crash or a full disk in between
  /// included. A database keeps the time at which it was written.
  public func replace(_ name: String, with file: Snapshot.File) throws(VolumeError) {
    precondition(FileName.isPlain(name), "not a plain file name")
    do throws(SystemError) {
      do throws(SystemError) { try put(file, name) } catch {
        guard error.number == EISDIR else { throw error }
        try moveAside(name)
        try put(file, name)
      }
    } catch {
      throw VolumeError(path: path + "/" + name, action: "write", cause: error)
    }
  }

  /// Writes a file through to the disk.
  public func synchronize(_ name: String) throws(VolumeError) {
    try open(name, to: "sync") { descriptor throws(SystemError) in try calls.synchronize(descriptor)
    }
  }

  /// Sets when a file was written, as if it had been then.
  func setTime(of name: String, _ time: Duration) throws(VolumeError) {
    try open(name, to: "set the time of") { descriptor throws(SystemError) in
      try calls.setModified(descriptor, time)
    }
  }

  private func open(
    _ name: String, to action: String,
    _ body: (SystemCalls.Descriptor) throws(SystemError) -> Void
  ) throws(VolumeError) {
    do throws(SystemError) {
      let descriptor = try calls.open(
        directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
      defer { try? calls.close(descriptor) }
      try body(descriptor)
    } catch { throw VolumeError(path: path + "/" + name, action: action, cause: error) }
  }

  /// As ``replace(_:with:)-swift.method``, with these bytes.
  public func replace(_ name: String, with bytes: [UInt8]) throws(VolumeError) {
    try replace(name, with: .plain(bytes))
  }

  private func put(_ file: Snapshot.File, _ name: String) throws(SystemError) {
    // The collector runs as the same user (see the DaemonSet), so owner alone is enough.
    try calls.replaceFile(name, in: directory, temporary: FileName.partial(for: name), mode: 0o600)
    {
      [calls] (descriptor) throws(SystemError) in
      try file.write { (piece) throws(SystemError) in try calls.writeAll(descriptor, piece) }
      // A database that is put back is as old as it was: what came up since is unknown to its
      // receiver. Where that time is unknown, it is older than anything.
      if case .database = file {
        try calls.setModified(descriptor, file.writtenAt ?? .zero)
      }
    }
  }

  /// Makes room where a directory stands in a file's place. What it holds is not ours to remove; as
  /// with a database that the collector moves aside, no snapshot carries it.
  private func moveAside(_ name: String) throws(SystemError) {
    var number = 0
    while true {
      let aside = FileName.partial(for: name) + ".\(number).backup"
      do throws(SystemError) { return try calls.rename(directory, name, aside) } catch {
        let isTaken = [EEXIST, ENOTEMPTY, ENOTDIR].contains(error.number)
        guard isTaken, number < 100 else { throw error }
        number += 1
      }
    }
  }

  /// Removes what an earlier life of this program left behind.
  public func removePartialFiles() throws(VolumeError) {
    var partial: [String] = []
    repeat {
      // Not while the system lists them, and never more at once than there should be.
      partial = []
      try forEachName {
        if $0.hasPrefix(FileName.partialPrefix), !$0.hasSuffix(".backup") { partial.append($0) }
        return partial.count < 1024
      }
      for name in partial {
        do throws(SystemError) {
          do throws(SystemError) { try calls.unlink(directory, name) } catch {
            guard error.number == EISDIR else { throw error }
            try moveAside(name)
          }
        } catch { throw VolumeError(path: path + "/" + name, action: "remove", cause: error) }
      }
    } while !partial.isEmpty
  }

  /// What the kubelet counts of the volume: the blocks of everything in it, the files that no snapshot
  /// carries included. Links are counted, never followed.
  func usage() throws(VolumeError) -> VolumeUsage {
    var usage = VolumeUsage()
    try forEachName { name in
      guard let status = try? calls.attributes(directory, name) else { return true }
      usage.add(name, blocks: Int(status.st_blocks))
      if status.st_mode & S_IFMT == S_IFDIR {
        usage.add(name, blocks: blocks(below: name))
      }
      return true
    }
    return usage
  }

  /// The blocks of what lies in a directory; what cannot be read, or lies deeper than any program of
  /// ours puts it, counts nothing.
  private func blocks(below name: String) -> Int {
    var blocks = 0
    var waiting = [(name, 1)]
    while let (path, depth) = waiting.popLast() {
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
      guard let inner = try? calls.open(directory, path, flags, 0) else { continue }
      defer { try? calls.close(inner) }
      try? calls.names(inner) { entry in
        guard let status = try? calls.attributes(inner, entry) else { return true }
        blocks = blocks.addingClamped(Int(status.st_blocks))
        if status.st_mode & S_IFMT == S_IFDIR, depth < 16, waiting.count < 1024 {
          waiting.append((path + "/" + entry, depth + 1))
        }
        return true
      }
    }
    return blocks
  }
}

/// What the offsets directory takes on its file system.
struct VolumeUsage: Equatable {
  private static let blockSize = 512

  private var blocks = 0
  private var largestTemporary: (name: String, blocks: Int)?

  /// Of everything.
  var bytes: Int { Self.bytes(blocks) }

  /// The largest of the files that no snapshot carries, such as the `.backup` of a damaged database.
  var largestPassing: (name: String, bytes: Int)? {
    largestTemporary.map { ($0.name, Self.bytes($0.blocks)) }
  }

  private static func bytes(_ blocks: Int) -> Int {
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: blockSize)
    return overflow ? .max : bytes
  }

  mutating func add(_ name: String, blocks count: Int) {
    blocks = blocks.addingClamped(count)
    guard FileName.isTemporary(name) else { return }
    if count > largestTemporary?.blocks ?? -1 { largestTemporary = (name, count) }
  }

  static func == (one: VolumeUsage, other: VolumeUsage) -> Bool { one.bytes == other.bytes }
}

extension Int {
  /// The sum, or the largest number where it does not fit: a sparse file may claim any length.
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
