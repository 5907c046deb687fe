internal import Glibc

/// Links, and the directories that they lie in.
extension SystemCalls {
  /// The names in a directory, sorted by their bytes; of more than a limit those that the system lists
  /// first.
  public func sortedNames(
    _ folder: Descriptor, limit: Int = 20_000
  ) throws(SystemError) -> [String] {
    var found: [String] = []
    try names(folder) {
      found.append($0)
      return found.count < limit
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The target of a symbolic link; nil for anything else, and where it is longer than a path may be.
  public static func link(_ name: String, in folder: Descriptor) -> String? {
    let size = 4096
    let target = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      guard let start = buffer.baseAddress else { return }
      filled = start.withMemoryRebound(to: CChar.self, capacity: size) {
        max(0, readlinkat(folder, name, $0, size))
      }
    }
    guard !target.isEmpty, target.count < size else { return nil }
    return String(validating: target, as: UTF8.self)
  }

  /// Makes a symbolic link; what it leads to need not exist.
  public static func makeLink(
    _ name: String, in folder: Descriptor, to target: String
  ) throws(SystemError) {
    guard symlinkat(target, folder, name) == 0 else { throw SystemError("symlinkat", errno) }
  }

  /// Makes a directory, unless there is one.
  public static func makeDirectory(
    _ name: String, in folder: Descriptor
  ) throws(SystemError) {
    guard mkdirat(folder, name, 0o755) == 0 || errno == EEXIST else {
      throw SystemError("mkdirat", errno)
    }
  }

  /// Removes an empty directory.
  /// - Returns: whether it is gone.
  public static func removeDirectory(_ name: String, in folder: Descriptor) -> Bool {
    unlinkat(folder, name, AT_REMOVEDIR) == 0
  }

  /// Stamps an open file as written at a time since 1970.
  static func stamp(_ descriptor: Descriptor, _ time: Duration) throws(SystemError) {
    let (seconds, attoseconds) = time.components
    let stamp = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    guard futimens(descriptor, [stamp, stamp]) == 0 else { throw SystemError("futimens", errno) }
  }
}
