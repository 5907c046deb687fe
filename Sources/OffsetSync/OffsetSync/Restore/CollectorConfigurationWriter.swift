internal import FilelogSystemCalls
internal import FilelogYAML
internal import Glibc

/// Copies a collector's configuration, with additions to its file.
struct CollectorConfigurationWriter {
  private let configuration: CollectorConfiguration
  private let calls: SystemCalls
  private let log: Log

  init(_ configuration: CollectorConfiguration, calls: SystemCalls, log: Log) {
    self.configuration = configuration
    self.calls = calls
    self.log = log
  }

  /// - Returns: whether the copy is there, so that the collector may start. A vendor's file that cannot be
  ///   extended is copied as it is: the collector is then as good as without the containers.
  func write() -> Bool {
    do throws(SystemError) {
      var isFound = false
      try copy("", depth: 0, &isFound)
      guard isFound else { throw SystemError("open", ENOENT) }
      return true
    } catch {
      log.error(
        "cannot copy the collector's configuration, so the collector must not start yet",
        [
          "from": .string(configuration.source), "to": .string(configuration.target),
          "file": .string(configuration.file), "error": .error(error),
        ])
      return false
    }
  }

  /// Deeper than the paths of any config map's items.
  private static let deepest = 32

  /// - Parameter path: of a directory, below source and target.
  private func copy(_ path: String, depth: Int, _ isFound: inout Bool) throws(SystemError) {
    guard depth <= Self.deepest else { throw SystemError("open", ELOOP) }
    let target = try calls.open(
      AT_FDCWD, configuration.target + path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    defer { try? calls.close(target) }
    // The kubelet's own names, behind which the files really are, begin with two dots.
    for name in try calls.sortedNames(path: configuration.source + path) where !name.hasPrefix("..")
    {
      let inner = "\(path)/\(name)"
      let source = try calls.open(
        AT_FDCWD, configuration.source + inner, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
      defer { try? calls.close(source) }
      let mode = try calls.status(source).st_mode
      switch mode & S_IFMT {
      case S_IFDIR:
        try calls.makeDirectory(target, name)
        try copy(inner, depth: depth + 1, &isFound)
      case S_IFREG:
        // What is too large to be extended is still copied.
        var bytes = try calls.content(of: source, limit: 2 * YAML.additionLimit)
        if inner == "/" + configuration.file {
          isFound = true
          bytes = extended(bytes)
        }
        // Who may read the vendor's file may read the copy, and no other user.
        try calls.replaceFile(
          name, in: target, temporary: "..\(name).partial", mode: mode & 0o444 | 0o400
        ) { [calls] (file) throws(SystemError) in try calls.writeAll(file, bytes) }
      default: continue
      }
    }
  }

  private func extended(_ bytes: [UInt8]) -> [UInt8] {
    do throws(YAMLError) {
      let (extended, absent) = try YAML.adding(
        configuration.additions, to: bytes, file: configuration.file)
      for path in absent {
        log.warn(
          "the collector's configuration no longer has a receiver that offsets are kept for; attach again",
          ["file": .string(configuration.file), "absent": .string(path.joined(separator: "."))])
      }
      log.info(
        "added storage to the collector's configuration",
        ["file": .string(configuration.file), "bytes": .integer(extended.count)])
      return extended
    } catch {
      log.error(
        "cannot add storage to the collector's configuration, so the collector starts without it and keeps "
          + "no offsets; correct the place, and attach again",
        ["error": .error(error)])
      return bytes
    }
  }
}
