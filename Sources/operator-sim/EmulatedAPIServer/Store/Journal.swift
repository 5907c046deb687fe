internal import FilelogJSON
internal import FilelogSystemCalls
internal import Glibc

/// The state of the store in a file: JSON lines, appended with every change, so that a killed
/// emulator goes on where it was. A line that was cut off by the kill is dropped.
///
/// The file holds secrets and tokens' keys: it belongs to its owner alone, and to one emulator at a
/// time.
final class Journal: Sendable {
  struct Failure: Error, Hashable, CustomStringConvertible {
    let description: String
  }

  /// What a file holds.
  struct Contents: Sendable {
    /// What is not an object: keys and certificates of the emulator itself.
    var settings: JSONValue
    var revision = 1
    var objects: [ObjectKey: StoredObject] = [:]
  }

  private let descriptor: Int32
  /// Of a file beside it, which says that an emulator uses it.
  private let lock: Int32
  /// What the file held when it was opened.
  let contents: Contents

  private static let format = "operator-sim-state-1"
  private static let system = SystemCalls.host

  /// Opens the file, or makes it.
  /// - Parameter settings: goes into a new file.
  init(path: String, settings: JSONValue) throws(Failure) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw Failure(description: "\(path): not a plain file; choose another one")
    }
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    lock = try Self.naming(path) { () throws(SystemError) in
      try Self.system.open(AT_FDCWD, path + ".lock", flags, 0o600)
    }
    do throws(Failure) {
      guard (try? Self.system.lock(lock, LOCK_EX)) == true else {
        throw Failure(
          description: "\(path): another operator-sim serve uses it; stop that one, or choose "
            + "another file")
      }
      let contents = try Self.load(path) ?? Contents(settings: settings)
      self.contents = contents
      // Without what was changed again since.
      descriptor = try Self.naming(path) { () throws(SystemError) in
        try Self.system.replaceFile(path, temporary: path + ".new", mode: 0o600) {
          (file) throws(SystemError) in
          try Self.system.writeAll(file, Self.bytes(contents))
        }
        return try Self.system.open(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0)
      }
    } catch {
      close(lock)
      throw error
    }
  }

  deinit {
    close(descriptor)
    close(lock)
  }

  private static func naming<Result>(
    _ path: String, _ body: () throws(SystemError) -> Result
  ) throws(Failure) -> Result {
    do throws(SystemError) { return try body() } catch {
      throw Failure(description: "\(path): \(error.reason)")
    }
  }

  private static func bytes(_ contents: Contents) -> [UInt8] {
    let header: JSONValue = [
      "format": .string(format), "settings": contents.settings,
      "revision": .integer(contents.revision),
    ]
    return contents.objects.sorted { $0.value.revision < $1.value.revision }
      .reduce(into: line(header)) { bytes, entry in
        bytes += line(record(entry.key, entry.value, revision: entry.value.revision))
      }
  }

  /// Adds a change.
  /// - Returns: false when the file does not take it, and then holds nothing of it.
  func record(_ key: ObjectKey, _ object: StoredObject?, revision: Int) -> Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    let line = Self.line(Self.record(key, object, revision: revision))
    if (try? Self.system.writeAll(descriptor, line)) != nil { return true }
    if end >= 0 { ftruncate(descriptor, end) }
    return false
  }

  /// - Returns: nil when the file is missing or empty.
  private static func load(_ path: String) throws(Failure) -> Contents? {
    if access(path, F_OK) != 0, errno == ENOENT { return nil }
    let bytes = try naming(path) { () throws(SystemError) in
      try system.content(of: path, limit: .max)
    }
    if bytes.isEmpty { return nil }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last line break was never written to its end.
    lines.removeLast()
    let header = lines.first.flatMap { try? StrictJSONReader.read(Array($0)).value }
    guard let header, header["format"]?.string == format, let settings = header["settings"] else {
      throw Failure(description: "\(path): not a state file of operator-sim serve")
    }
    var contents = Contents(settings: settings, revision: header["revision"]?.integer ?? 1)
    for (number, line) in lines.enumerated().dropFirst() {
      guard let json = try? StrictJSONReader.read(Array(line)).value,
        let resource = json["resource"]?.string, let name = json["name"]?.string,
        let revision = json["revision"]?.integer
      else { throw Failure(description: "\(path):\(number + 1): not a record") }
      let key = ObjectKey(
        resource: resource, namespace: json["namespace"]?.string ?? "", name: name)
      contents.objects[key] = json["object"].map { StoredObject(value: $0, revision: revision) }
      contents.revision = max(contents.revision, revision)
    }
    return contents
  }

  private static func record(
    _ key: ObjectKey, _ object: StoredObject?, revision: Int
  ) -> JSONValue {
    var record: JSONValue = [
      "resource": .string(key.resource), "namespace": .string(key.namespace),
      "name": .string(key.name), "revision": .integer(revision),
    ]
    record["object"] = object?.value
    return record
  }

  private static func line(_ json: JSONValue) -> [UInt8] {
    JSONWriter.compact.bytes(json) + [UInt8(ascii: "\n")]
  }
}
