internal import CZlib
public import JSON

/// The fixture files under `Tests/Fixtures`: databases and payloads that real software wrote, each
/// with what it must read as. Their README says how they were made.
public enum Fixtures {
  public static let directory: String =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/") + "/Fixtures"
}

/// One data file and its `.expected.json`.
public struct Fixture: Sendable, CustomStringConvertible {
  /// Relative to the fixtures' directory, without `.gz`.
  public let name: String
  private let path: String

  public var description: String { name }

  /// Every fixture in a folder and the folders in it, sorted by name.
  public static func all(in folder: String) -> [Fixture] {
    let suffix = ".expected.json"
    return HostFiles.list(Fixtures.directory + "/" + folder).filter { $0.hasSuffix(suffix) }
      .map { Fixture(name: folder + "/" + $0.dropLast(suffix.count)) }
      .sorted { $0.name < $1.name }
  }

  public init(name: String) {
    self.name = name
    path = Fixtures.directory + "/" + name
  }

  /// The data, uncompressed where the fixture is stored as `.gz`.
  public func bytes() throws -> [UInt8] {
    if let plain = try? HostFiles.read(path) { return plain }
    return gunzip(try HostFiles.read(path + ".gz"))
  }

  public func expected() throws -> JSONValue {
    try JSONValue(parsing: HostFiles.read(path + ".expected.json"))
  }
}

private func gunzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  defer { inflateEnd(&stream) }
  var out: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  var input = bytes
  input.withUnsafeMutableBufferPointer { input in
    stream.next_in = input.baseAddress
    stream.avail_in = UInt32(input.count)
    var status = Z_OK
    while status == Z_OK {
      status = chunk.withUnsafeMutableBufferPointer { chunk in
        stream.next_out = chunk.baseAddress
        stream.avail_out = UInt32(chunk.count)
        return inflate(&stream, Z_NO_FLUSH)
      }
      out += chunk.prefix(chunk.count - Int(stream.avail_out))
    }
  }
  return out
}
