/// A directory of a node in memory: log files below it, or links to them.
final class VirtualDirectory {
  enum Entry {
    case directory(VirtualDirectory)
    case log(VirtualLogFile)
    case link(Link)
  }

  /// A symbolic link.
  struct Link {
    let target: String
    let made: Duration
  }

  var entries: [String: Entry] = [:]

  /// The directory of that name, made where there is none.
  func directory(_ name: String) -> VirtualDirectory {
    if case .directory(let directory) = entries[name] { return directory }
    let directory = VirtualDirectory()
    entries[name] = .directory(directory)
    return directory
  }

  /// What lies at a path below; nil for nothing.
  subscript(path: String) -> Entry? {
    var entry = Entry.directory(self)
    for name in path.split(separator: "/") {
      guard case .directory(let directory) = entry, let next = directory.entries[String(name)]
      else { return nil }
      entry = next
    }
    return entry
  }

  /// All links below, by path, in order.
  var links: [(path: String, link: Link)] {
    var found: [(path: String, link: Link)] = []
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      switch entry {
      case .link(let link): found.append((name, link))
      case .directory(let directory):
        found += directory.links.map { ("\(name)/\($0.path)", $0.link) }
      case .log: break
      }
    }
    return found
  }
}
