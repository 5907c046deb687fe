internal import Glibc

extension SystemCalls {
  /// The names in a directory, sorted by their bytes; of more than a limit those that the system lists
  /// first.
  public func sortedNames(
    _ directory: Descriptor, limit: Int = 20_000
  ) throws(SystemError) -> [String] {
    var found: [String] = []
    try names(directory) {
      found.append($0)
      return found.count < limit
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// All names in the directory at a path, sorted by their bytes.
  public func sortedNames(path: String) throws(SystemError) -> [String] {
    let directory = try open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    defer { try? close(directory) }
    return try sortedNames(directory, limit: .max)
  }

  /// Opens a directory in another one; never by a link.
  public func openDirectory(
    _ name: String, in directory: Descriptor
  ) throws(SystemError) -> Descriptor {
    try open(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
  }
}
