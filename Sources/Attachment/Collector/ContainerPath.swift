/// Paths in a container, by which mounts, files and directories are compared.
enum ContainerPath {
  /// The path from the root, without `.`, `..`, doubled slashes and one at the end.
  /// - Parameter directory: what a relative path starts from; a path is left as it is without one.
  static func clean(_ path: String, in directory: String? = nil) -> String {
    guard path.hasPrefix("/") else {
      guard let directory, directory.hasPrefix("/") else { return path }
      return clean("\(directory)/\(path)")
    }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
