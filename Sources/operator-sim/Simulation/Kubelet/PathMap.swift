/// Where the paths that a container sees lie on this machine.
struct PathMap {
  private var directories: [(mountPath: String, directory: String)] = []

  mutating func map(_ mountPath: String, to directory: String) {
    directories.removeAll { $0.mountPath == mountPath }
    directories.append((mountPath, directory))
    // The innermost mount wins.
    directories.sort { $0.mountPath.utf8.count > $1.mountPath.utf8.count }
  }

  mutating func add(_ other: PathMap) {
    for (mountPath, directory) in other.directories { map(mountPath, to: directory) }
  }

  /// Replaces every path under a mount in a text by its place on this machine: the whole text
  /// (`/var/log/pods/*`), or what follows `=`, `:` or `,` in it (`--config=file:/etc/c.yaml`).
  func translate(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    var mayBegin = true
    while let first = rest.first {
      if mayBegin, first == "/", let (mountPath, directory) = mount(at: rest) {
        out += directory
        rest = rest.dropFirst(mountPath.count)
      } else {
        out.append(first)
        rest = rest.dropFirst()
      }
      mayBegin = first == "=" || first == ":" || first == ","
    }
    return out
  }

  private func mount(at text: Substring) -> (mountPath: String, directory: String)? {
    directories.first { mount in
      guard text.hasPrefix(mount.mountPath) else { return false }
      let next = text.dropFirst(mount.mountPath.count).first
      return next == nil || next == "/" || next == ":" || next == ","
    }
  }
}
