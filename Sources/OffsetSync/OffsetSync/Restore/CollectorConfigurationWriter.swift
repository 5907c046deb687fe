internal import FilelogSystemCalls
internal import FilelogYAML
internal import Glibc

/// Writes a collector's configuration file with what was added to it.
struct CollectorConfigurationWriter {
  private let configuration: CollectorConfiguration
  private let calls: SystemCalls
  private let log: Log

  init(_ configuration: CollectorConfiguration, calls: SystemCalls, log: Log) {
    self.configuration = configuration
    self.calls = calls
    self.log = log
  }

  /// - Returns: whether the file is there, so that the collector may start. A vendor's file that cannot be
  ///   extended is written as it is: the collector is then as good as without the containers.
  func write() -> Bool {
    do throws(SystemError) {
      let (bytes, mode) = try read()
      try put(extended(bytes), mode: mode)
      return true
    } catch {
      log.error(
        "cannot copy the collector's configuration, so the collector must not start yet",
        [
          "from": .string(configuration.source), "to": .string(configuration.target),
          "error": .error(error),
        ])
      return false
    }
  }

  private func read() throws(SystemError) -> (bytes: [UInt8], mode: mode_t) {
    let descriptor = try calls.open(AT_FDCWD, configuration.source, O_RDONLY | O_CLOEXEC, 0)
    defer { try? calls.close(descriptor) }
    let mode = try calls.status(descriptor).st_mode
    // What is too large to be extended is still copied.
    return (try calls.content(of: descriptor, limit: 2 * YAML.additionLimit), mode)
  }

  private func extended(_ bytes: [UInt8]) -> [UInt8] {
    do throws(YAMLError) {
      let (extended, absent) = try YAML.adding(
        configuration.additions, to: bytes, file: configuration.source)
      for path in absent {
        log.warn(
          "the collector's configuration no longer has a receiver that offsets are kept for; attach again",
          ["file": .string(configuration.source), "absent": .string(path.joined(separator: "."))])
      }
      log.info(
        "added storage to the collector's configuration",
        ["file": .string(configuration.source), "bytes": .integer(extended.count)])
      return extended
    } catch {
      log.error(
        "cannot add storage to the collector's configuration, so the collector starts without it and keeps "
          + "no offsets; correct the place, and attach again",
        ["error": .error(error)])
      return bytes
    }
  }

  /// Who may read the vendor's file may read the copy, and no other user.
  private func put(_ bytes: [UInt8], mode: mode_t) throws(SystemError) {
    var directory = configuration.target
    while let last = directory.popLast(), last != "/" {}
    let name = String(configuration.target.dropFirst(directory.utf8.count + 1))
    let descriptor = try calls.open(
      AT_FDCWD, directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    defer { try? calls.close(descriptor) }
    try calls.replaceFile(
      name, in: descriptor, temporary: ".\(name).partial", mode: mode & 0o444 | 0o400
    ) { [calls] (file) throws(SystemError) in try calls.writeAll(file, bytes) }
  }
}
