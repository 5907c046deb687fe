import DesiredState
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import FilelogYAML
import Glibc
import OffsetsInspection

/// What `offsets` shows.
enum OffsetsSource {
  case offsets(StoredOffsets)
  case maps(SavedMaps)

  init(_ call: Invocation) throws {
    guard let path = call.value("--file") else {
      self = .maps(try clusterMaps(call))
      return
    }
    for option in ["--release", "--namespace"] + clusterOptions.map(\.name)
    where call.value(option) != nil {
      throw UsageError("\(option) does not go with --file")
    }
    self = try path == "-" ? Self.input() : Self.file(path)
  }

  /// The most bytes that are read into memory: far more than the maps of 500 nodes with 200 log files
  /// each, as kubectl prints them.
  private static let limit = 64 << 20

  /// Enough to tell a database by, whatever the size of its pages.
  private static let headSize = 128 << 10

  private static func input() throws -> OffsetsSource {
    let bytes = try File.read("-", limit: limit)
    if !OffsetsFileKind.isTar(bytes), OffsetsFileKind.isDatabase(bytes) {
      return .offsets(StoredOffsets(database: bytes, name: "stdin"))
    }
    return try content(bytes, of: "stdin")
  }

  private static func file(_ path: String) throws -> OffsetsSource {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw CommandFailure("cannot read \(path.printable): \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .offsets(try StoredOffsets(directory: path))
    case S_IFREG: break
    default:
      throw CommandFailure(
        "cannot read \(path.printable): neither a plain file nor a directory; what a pipe gives can be "
          + "read with --file -")
    }
    let head = try File.read(path, first: headSize)
    if !OffsetsFileKind.isTar(head), OffsetsFileKind.isDatabase(head) {
      return .offsets(StoredOffsets(database: path))
    }
    return try content(try File.read(path, limit: limit), of: path)
  }

  private static func content(_ bytes: [UInt8], of path: String) throws -> OffsetsSource {
    guard !bytes.isEmpty else { throw CommandFailure("\(path.printable): it is empty") }
    if OffsetsFileKind.isTar(bytes) {
      throw CommandFailure(
        "\(path.printable): a tar archive that is not compressed; a snapshot is: gzip it first")
    }
    do {
      guard OffsetsFileKind.isObject(bytes) else {
        return .offsets(try StoredOffsets(payload: bytes))
      }
      // JSON has a reader that takes more, and takes it faster.
      if bytes.first == UInt8(ascii: "{"), let object = try? JSONValue(parsing: bytes) {
        return .maps(try SavedMaps([object]))
      }
      return .maps(try SavedMaps(try YAML.parse(bytes, file: path).map(\.value)))
    } catch let error as OffsetsReadingError {
      throw CommandFailure("\(path.printable): \(error)")
    }
  }
}
