internal import FilelogSystemCalls
internal import Glibc

/// The directory in which the receiver finds rotated files by its second pattern: links called
/// `<slot>/<namespace>_<pod>_<uid>/<container>/<restart>.log`, as if they were logs that are being written.
struct LinkDirectory {
  let path: String
  let calls: SystemCalls

  /// One link.
  struct Link: Hashable {
    /// Tells several files of one container's run apart.
    var slot: Int
    let place: ContainerPlace
    let restart: Int
    let target: String
  }

  /// The links as they are. What else lies there is left alone.
  /// - Throws: when the directory cannot be read.
  func links() throws(SystemError) -> [Link] {
    let root = try open()
    defer { try? calls.close(root) }
    var links: [Link] = []
    for slot in try calls.sortedNames(root) {
      guard let number = Int(slot), number >= 0, String(number) == slot else { continue }
      within(slot, of: root) { directory, pods in
        for pod in pods {
          within(pod, of: directory) { directory, containers in
            for container in containers {
              guard let place = ContainerPlace(pod: pod, container: container) else { continue }
              within(container, of: directory) { directory, names in
                for name in names where name.hasSuffix(".log") {
                  guard let restart = Int(name.dropLast(4)),
                    let target = calls.target(directory, name)
                  else { continue }
                  links.append(
                    Link(slot: number, place: place, restart: restart, target: target))
                }
              }
            }
          }
        }
      }
    }
    return links
  }

  /// Makes a link, and the directories on the way to it.
  func add(_ link: Link) throws(SystemError) {
    var directory = try open()
    defer { try? calls.close(directory) }
    for name in directories(of: link) {
      try calls.makeDirectory(directory, name)
      let next = try calls.openDirectory(name, in: directory)
      try? calls.close(directory)
      directory = next
    }
    try? calls.unlink(directory, "\(link.restart).log")
    try calls.makeLink(directory, "\(link.restart).log", link.target)
  }

  /// Takes a link away, and directories that are empty without it.
  func remove(_ link: Link) {
    guard var directory = try? open() else { return }
    var way = [directory]
    defer { for directory in way { try? calls.close(directory) } }
    let names = directories(of: link)
    for name in names {
      guard let next = try? calls.openDirectory(name, in: directory) else { return }
      way.append(next)
      directory = next
    }
    try? calls.unlink(directory, "\(link.restart).log")
    for (index, name) in names.enumerated().reversed() {
      guard calls.removeDirectory(way[index], name) else { return }
    }
  }

  private func directories(of link: Link) -> [String] {
    ["\(link.slot)", link.place.pod, link.place.container]
  }

  private func open() throws(SystemError) -> SystemCalls.Descriptor {
    try calls.open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
  }

  private func within(
    _ name: String, of directory: SystemCalls.Descriptor,
    _ body: (SystemCalls.Descriptor, [String]) -> Void
  ) {
    guard let inner = try? calls.openDirectory(name, in: directory) else { return }
    defer { try? calls.close(inner) }
    guard let names = try? calls.sortedNames(inner) else { return }
    body(inner, names)
  }
}
