internal import FilelogSystemCalls
internal import Glibc

/// The node's log directories, walked without following any link but Docker's, which is checked.
///
/// Below ``pods`` lies `<namespace>_<pod>_<uid>/<container>/<restart>.log` with its rotated files beside
/// it. With Docker as the runtime that file is a link to `<id>/<id>-json.log` below ``docker``, beside
/// which Docker itself rotates, to `<id>-json.log.1` and so on.
struct LogTree {
  let pods: String
  let docker: String
  let calls: SystemCalls

  /// One rotated file, found by its name.
  struct File {
    let place: ContainerPlace
    let restart: Int
    /// Where it is for every container that mounts the log directories.
    let path: String
    /// ``path`` without `.gz`.
    let plainPath: String
    /// Nil for Docker's own, whose names tell no more than an order.
    let name: RotatedLogName?

    /// Where the kubelet will pack it; nil where it is packed, or another rotator's.
    var sparePath: String? { path == plainPath && name?.localTime != nil ? path + ".gz" : nil }
  }

  /// - Parameter body: called with each rotated file, and with a way to read its beginning; returns
  ///   false to end the walk.
  /// - Throws: when the log directory itself cannot be read. Anything else that cannot be is passed
  ///   over and counted.
  /// - Returns: how many directories and files were passed over.
  func forEachRotatedFile(
    _ body: (File, () -> LogFileHead?) -> Bool
  ) throws(SystemError) -> Int {
    var walk = Walk(tree: self)
    let root = try calls.open(AT_FDCWD, pods, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    defer { try? calls.close(root) }
    for pod in try calls.sortedNames(root) where ContainerPlace.isPod(pod) {
      guard walk.pod(pod, in: root, body) else { break }
    }
    return walk.skipped
  }

  /// The beginning of a file that is not a link; nil when it is not one to read.
  private func head(_ name: String, in directory: SystemCalls.Descriptor) -> LogFileHead? {
    // A pipe must not hold the walk up.
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    guard let file = try? calls.open(directory, name, flags, 0) else { return nil }
    defer { try? calls.close(file) }
    return try? LogFileHead.read(file, calls)
  }

  /// The beginning of a file that was found before; nil when it is gone, or lies elsewhere than such
  /// files do.
  func head(at path: String) -> LogFileHead? {
    for (root, depth) in [(pods, 3), (docker, 2)] where path.hasPrefix(root + "/") {
      let names = path.dropFirst(root.utf8.count + 1).split(
        separator: "/", omittingEmptySubsequences: false)
      guard names.count == depth, !names.contains(where: { ["", ".", ".."].contains($0) }),
        var directory = try? calls.open(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
      else { return nil }
      defer { try? calls.close(directory) }
      for name in names.dropLast() {
        guard let next = try? calls.openDirectory(String(name), in: directory) else { return nil }
        try? calls.close(directory)
        directory = next
      }
      return head(String(names[depth - 1]), in: directory)
    }
    return nil
  }

  /// The state of one walk.
  private struct Walk {
    let tree: LogTree
    var skipped = 0

    typealias Body = (File, () -> LogFileHead?) -> Bool

    mutating func pod(
      _ pod: String, in root: SystemCalls.Descriptor, _ body: Body
    ) -> Bool {
      guard let directory = try? tree.calls.openDirectory(pod, in: root),
        let names = names(directory)
      else {
        return true
      }
      defer { try? tree.calls.close(directory) }
      for container in names {
        guard let place = ContainerPlace(pod: pod, container: container) else {
          skipped += 1
          continue
        }
        guard self.container(place, in: directory, body) else { return false }
      }
      return true
    }

    private mutating func names(_ directory: SystemCalls.Descriptor) -> [String]? {
      guard let names = try? tree.calls.sortedNames(directory) else {
        skipped += 1
        return nil
      }
      return names
    }

    private mutating func container(
      _ place: ContainerPlace, in pod: SystemCalls.Descriptor, _ body: Body
    ) -> Bool {
      guard let directory = try? tree.calls.openDirectory(place.container, in: pod),
        let names = names(directory)
      else { return true }
      defer { try? tree.calls.close(directory) }
      let path = "\(tree.pods)/\(place.pod)/\(place.container)"
      for name in names {
        if let rotated = RotatedLogName(name) {
          let file = File(
            place: place, restart: rotated.restart, path: "\(path)/\(name)",
            plainPath: "\(path)/\(rotated.plainName)", name: rotated)
          guard visit(file, name, in: directory, body) else { return false }
        } else if let restart = DockerLog.restart(of: name),
          let id = DockerLog.id(of: tree.calls.target(directory, name), below: tree.docker)
        {
          guard docker(place, restart, id, body) else { return false }
        }
      }
      return true
    }

    private mutating func docker(
      _ place: ContainerPlace, _ restart: Int, _ id: String, _ body: Body
    ) -> Bool {
      let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
      guard let root = try? tree.calls.open(AT_FDCWD, tree.docker, flags, 0) else { return true }
      defer { try? tree.calls.close(root) }
      guard let directory = try? tree.calls.openDirectory(id, in: root),
        let names = names(directory)
      else {
        return true
      }
      defer { try? tree.calls.close(directory) }
      for name in names {
        guard let plain = DockerLog.plainName(of: name, id: id) else { continue }
        let file = File(
          place: place, restart: restart, path: "\(tree.docker)/\(id)/\(name)",
          plainPath: "\(tree.docker)/\(id)/\(plain)", name: nil)
        guard visit(file, name, in: directory, body) else { return false }
      }
      return true
    }

    private mutating func visit(
      _ file: File, _ name: String, in directory: SystemCalls.Descriptor, _ body: Body
    ) -> Bool {
      var isUnreadable = false
      let goesOn = body(file) {
        let head = tree.head(name, in: directory)
        isUnreadable = head == nil
        return head
      }
      if isUnreadable { skipped += 1 }
      return goesOn
    }
  }
}

/// Names that Docker's `json-file` log driver gives.
private enum DockerLog {
  /// Of `0.log`, where the kubelet links it.
  static func restart(of name: String) -> Int? {
    guard name.hasSuffix(".log"), (1...9).contains(name.utf8.count - 4) else { return nil }
    let digits = name.dropLast(4)
    return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
  }

  /// The container's id in the target of such a link.
  static func id(of target: String?, below root: String) -> String? {
    guard let target, target.hasPrefix(root + "/") else { return nil }
    let parts = target.dropFirst(root.utf8.count + 1).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 64, parts[1] == "\(parts[0])-json.log",
      parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return String(parts[0])
  }

  /// Of a rotated file, without `.gz`; nil for any other file.
  static func plainName(of name: String, id: String) -> String? {
    let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    guard plain.hasPrefix("\(id)-json.log.") else { return nil }
    let number = plain.utf8.dropFirst(id.utf8.count + 10)
    return (1...9).contains(number.count) && number.allSatisfy { (0x30...0x39).contains($0) }
      ? plain : nil
  }
}
