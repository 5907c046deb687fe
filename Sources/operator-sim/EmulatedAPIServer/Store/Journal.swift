internal import FoundationEssentials
internal import Glibc
internal import JSON
internal import SystemCalls

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
  /// What the file held when it was opened.
  let contents: Contents

  private static let format = "operator-sim-state-1"

  /// Opens the file, or makes it.
  /// - Parameter settings: goes into a new file.
  convenience init(path: String, settings: JSONValue) throws(Failure) {
    let old: Int32
    do {
      old = try FileLock.open(path)
    } catch {
      throw Failure(
        description: "\(path): another operator-sim serve uses it; stop that one, or choose "
          + "another file")
    }
    guard old >= 0 else {
      throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
    // Until the new file, which is locked as well, has taken the old one's place.
    defer { close(old) }
    let contents = try Self.load(path) ?? Contents(settings: settings)
    try self.init(path: path, writing: contents)
  }

  /// Writes the whole state into a new file that takes the old one's place at once.
  private init(path: String, writing contents: Contents) throws(Failure) {
    self.contents = contents
    let temporary = path + ".new"
    unlink(temporary)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND | O_CLOEXEC
    descriptor = open(temporary, flags, 0o600)
    guard descriptor >= 0 else {
      throw Failure(description: "\(temporary): \(String(cString: strerror(errno)))")
    }
    let header: JSONValue = [
      "format": .string(Self.format), "settings": contents.settings,
      "revision": .integer(contents.revision),
    ]
    var bytes = Self.line(header)
    for (key, object) in contents.objects.sorted(by: { $0.value.revision < $1.value.revision }) {
      bytes += Self.line(Self.record(key, object, revision: object.revision))
    }
    guard (try? FileLock.take(descriptor)) != nil, append(bytes), fsync(descriptor) == 0,
      rename(temporary, path) == 0
    else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw Failure(description: "\(path): \(reason)")
    }
  }

  deinit { close(descriptor) }

  /// Adds a change.
  /// - Returns: false when the file does not take it, and then holds nothing of it.
  func record(_ key: ObjectKey, _ object: StoredObject?, revision: Int) -> Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    if append(Self.line(Self.record(key, object, revision: revision))) { return true }
    if end >= 0 { ftruncate(descriptor, end) }
    return false
  }

  /// - Returns: nil when the file is missing or empty.
  private static func load(_ path: String) throws(Failure) -> Contents? {
    if access(path, F_OK) != 0, errno == ENOENT { return nil }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw Failure(description: "\(path): cannot be read")
    }
    if data.isEmpty { return nil }
    var lines = Array(data).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
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

  private func append(_ bytes: [UInt8]) -> Bool {
    (try? SystemCalls.host.writeAll(descriptor, bytes)) != nil
  }
}
