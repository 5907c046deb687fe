internal import FilelogEncodings

/// Writes a directory and plain files as the Go sidecar's reader expects them: USTAR, absolute names,
/// the directory first. Owner and group are always zero; so is the time where none is known.
struct TarWriter {
  private let gzip = GzipWriter(.records)
  /// The archive is given up once it is longer.
  private let limit: Int

  private static let piece = 1 << 16

  init(limit: Int = .max) { self.limit = limit }

  func directory(_ path: String) {
    header(path, type: .directory, mode: 0o755, size: 0, modified: nil)
  }

  /// The time of a database is kept to the millisecond, which its header has no room for.
  func file(_ path: String, _ file: Snapshot.File) {
    let size = file.size
    header(path, type: .file, mode: 0o600, size: size, modified: file.writtenAt)
    file.write { [gzip, limit] bytes in
      var rest = bytes
      while !rest.isEmpty, gzip.count <= limit {
        gzip.write(rest.prefix(Self.piece))
        rest = rest.dropFirst(Self.piece)
      }
    }
    pad(size)
  }

  /// The archive, compressed; nil where it would be longer than the limit.
  func finish() -> [UInt8]? {
    gzip.write([UInt8](repeating: 0, count: 2 * TarFormat.blockSize))
    let bytes = gzip.finish()
    return bytes.count <= limit ? bytes : nil
  }

  private func pad(_ size: Int) {
    gzip.write([UInt8](repeating: 0, count: TarFormat.padding(after: size)))
  }

  private func header(
    _ path: String, type: TarFormat.EntryType, mode: Int, size: Int, modified: Duration?
  ) {
    let path = Array(path.utf8)
    let time = modified.flatMap(Self.time)
    let place = Self.split(path)
    var records: [UInt8] = []
    if place == nil { records += Self.extendedRecord("path", path) }
    if let time { records += Self.extendedRecord("mtime", Array(time.text.utf8)) }
    if !records.isEmpty {
      gzip.write(
        Self.block(
          prefix: [], name: Array("PaxHeaders/name".utf8), type: .extended, mode: 0o600,
          size: records.count, time: 0))
      gzip.write(records)
      pad(records.count)
    }
    let (prefix, name) = place ?? ([], Array(path.prefix(TarFormat.nameSize)))
    gzip.write(
      Self.block(
        prefix: prefix, name: name, type: type, mode: mode, size: size,
        time: time?.seconds ?? 0))
  }

  /// A time as pax writes it, to the millisecond before it; nil where no header has room for it.
  private static func time(_ modified: Duration) -> (seconds: Int, text: String)? {
    let (seconds, attoseconds) = modified.components
    guard (1..<1 << 33).contains(seconds) else { return nil }
    let milliseconds = String(attoseconds / 1_000_000_000_000_000)
    let zeros = String(repeating: "0", count: 3 - milliseconds.utf8.count)
    return (Int(seconds), "\(seconds).\(zeros)\(milliseconds)")
  }

  /// The two fields that USTAR splits a long path into at a slash; nil when none fits.
  private static func split(_ path: [UInt8]) -> (prefix: [UInt8], name: [UInt8])? {
    if path.count <= TarFormat.nameSize { return ([], path) }
    let slashes = path.indices.filter { path[$0] == UInt8(ascii: "/") && $0 > 0 }
    for slash in slashes
    where slash <= TarFormat.prefixSize && path.count - slash - 1 <= TarFormat.nameSize {
      return (Array(path[..<slash]), Array(path[(slash + 1)...]))
    }
    return nil
  }

  /// `LENGTH KEY=VALUE` and a line feed, the length counting itself.
  private static func extendedRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
    var length = rest.count
    while String(length).count + rest.count != length { length = String(length).count + rest.count }
    return Array(String(length).utf8) + rest
  }

  private static func block(
    prefix: [UInt8], name: [UInt8], type: TarFormat.EntryType, mode: Int, size: Int,
    time: Int
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: TarFormat.blockSize)
    func set(_ field: Range<Int>, _ bytes: [UInt8]) {
      header.replaceSubrange(field.lowerBound..<field.lowerBound + bytes.count, with: bytes)
    }
    func octal(_ number: Int, digits: Int) -> [UInt8] {
      let text = String(number, radix: 8)
      return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }
    set(TarFormat.Field.name, name)
    set(TarFormat.Field.mode, octal(mode, digits: 7))
    set(TarFormat.Field.owner, octal(0, digits: 7))
    set(TarFormat.Field.group, octal(0, digits: 7))
    set(TarFormat.Field.size, octal(size, digits: 11))
    set(TarFormat.Field.time, octal(time, digits: 11))
    header[TarFormat.Field.type] = type.rawValue
    set(TarFormat.Field.magic, TarFormat.magic)
    set(TarFormat.Field.prefix, prefix)
    set(TarFormat.Field.checksum, octal(TarFormat.checksum(header), digits: 6) + [0, 0x20])
    return header
  }
}
