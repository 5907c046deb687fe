internal import FilelogEncodings

/// Rotation of a container's log file as the kubelet does it (`pkg/kubelet/logs`): the newest rotated
/// file stays plain, older ones are packed, and so many files are kept in all.
enum KubeletRotation {
  /// The kubelet's `containerLogMaxFiles`, the file that is being written included.
  static let mostFiles = 5

  /// Renames a file that is being written, packs the one that was renamed before it, and removes what
  /// is too old. The file is there no more afterwards.
  /// - Returns: paths that were removed.
  @discardableResult
  static func rotate(_ path: String) throws -> [String] {
    let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let prefix = String(path.dropFirst(directory.utf8.count + 1)) + "."
    // By their time, as their names sort so.
    let rotated = Files.contents(of: directory).filter { $0.hasPrefix(prefix) }
    // One is being written, one is about to be rotated.
    let excess = rotated.prefix(max(0, rotated.count - (mostFiles - 2)))
    for name in excess { Files.remove("\(directory)/\(name)") }
    for name in rotated.dropFirst(excess.count) where !name.hasSuffix(".gz") {
      try pack("\(directory)/\(name)")
    }
    try Files.rename(
      path, to: "\(path).\(suffix(after: rotated.last?.dropFirst(prefix.utf8.count)))")
    return excess.map { "\(directory)/\($0)" }
  }

  private static func pack(_ path: String) throws {
    try Files.write(Gzip.compress(try Files.read(path)), to: path + ".tmp")
    try Files.rename(path + ".tmp", to: path + ".gz")
    Files.remove(path)
  }

  /// Names tell seconds, and sort by them. The kubelet looks every ten; a simulation may rotate twice
  /// in one.
  private static func suffix(after last: Substring?) -> String {
    var suffix = WallClock.rotationSuffix()
    guard let last else { return suffix }
    for later in 1...60 where suffix <= last.prefix(suffix.utf8.count) {
      suffix = WallClock.rotationSuffix(later: .seconds(later))
    }
    return suffix
  }
}
