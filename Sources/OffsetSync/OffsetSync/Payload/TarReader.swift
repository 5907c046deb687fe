internal import FilelogEncodings

/// Reads the few kinds of entries that a sidecar writes, and refuses every other.
struct TarReader {
  struct Entry {
    let path: String
    let isDirectory: Bool
    /// The length of its content, which is read or skipped before the next entry.
    let size: Int
    /// Since 1970, and not later than the file was written; nil where the archive does not tell.
    let modified: Duration?
  }

  private let gzip: GzipReader
  private let limits: PayloadLimits
  private var entries = 0

  init(_ payload: [UInt8], limits: PayloadLimits) {
    gzip = GzipReader(payload, limit: limits.archiveBytes)
    self.limits = limits
  }

  /// The next entry, or nil at the end; the gzip checksum is verified by then.
  mutating func next() throws(PayloadError) -> Entry? {
    var extended = Extended()
    var hasAttributes = false
    while true {
      guard let header = try block() else {
        try expanded { () throws(GzipError) in try gzip.drain() }
        return nil
      }
      let size = try octal(header, TarFormat.Field.size, "size")
      let type = TarFormat.EntryType(rawValue: header[TarFormat.Field.type])
      guard type != .extended else {
        guard !hasAttributes else {
          throw PayloadError(.tar, "two extended headers before entry \(entries + 1)")
        }
        hasAttributes = true
        extended = try self.extended(body(size, limit: 1 << 16))
        continue
      }
      entries += 1
      guard entries <= limits.entries else {
        throw PayloadError(.tooLarge, "holds more than \(limits.entries) entries")
      }
      guard let type else {
        throw PayloadError(
          .forbiddenEntry, "entry \(entries) is of type \(header[TarFormat.Field.type])")
      }
      guard type != .directory || size == 0 else {
        throw PayloadError(.tar, "a directory of \(size) bytes")
      }
      return Entry(
        path: try path(extended.path, header), isDirectory: type == .directory, size: size,
        modified: type == .directory ? nil : extended.modified ?? Self.modified(header))
    }
  }

  /// The content of the entry that ``next()`` gave last.
  mutating func bytes(of entry: Entry) throws(PayloadError) -> [UInt8] {
    try body(entry.size, limit: .max)
  }

  /// Passes over the content of the entry that ``next()`` gave last.
  mutating func skip(_ entry: Entry) throws(PayloadError) {
    try checkSize(entry.size, limit: .max)
    let whole = entry.size + TarFormat.padding(after: entry.size)
    let skipped = try expanded { () throws(GzipError) in try gzip.skip(whole) }
    guard skipped == whole else { throw PayloadError(.tar, "cut off in entry \(entries)") }
  }

  /// The next header; nil at the end marker, or where the stream ends between two entries: gzip's
  /// own checksum tells that nothing is missing.
  private func block() throws(PayloadError) -> [UInt8]? {
    let header = try read(TarFormat.blockSize)
    if header.isEmpty || header.count == TarFormat.blockSize && header.allSatisfy({ $0 == 0 }) {
      return nil
    }
    guard header.count == TarFormat.blockSize else { throw PayloadError(.tar, "cut off") }
    guard
      let sum = Self.octal(header[TarFormat.Field.checksum]), sum == TarFormat.checksum(header)
    else { throw PayloadError(.tar, "wrong checksum in header \(entries + 1)") }
    return header
  }

  private func read(_ count: Int) throws(PayloadError) -> [UInt8] {
    try expanded { () throws(GzipError) in try gzip.read(count) }
  }

  private func expanded<Result>(
    _ body: () throws(GzipError) -> Result
  ) throws(PayloadError) -> Result {
    do { return try body() } catch { throw PayloadError(error) }
  }

  private func body(_ size: Int, limit: Int) throws(PayloadError) -> [UInt8] {
    try checkSize(size, limit: limit)
    let bytes = try read(size)
    guard bytes.count == size else { throw PayloadError(.tar, "cut off in entry \(entries)") }
    let padding = TarFormat.padding(after: size)
    guard try read(padding).count == padding else {
      throw PayloadError(.tar, "cut off after entry \(entries)")
    }
    return bytes
  }

  private func checkSize(_ size: Int, limit: Int) throws(PayloadError) {
    guard size <= min(limit, limits.archiveBytes) else {
      throw PayloadError(.tooLarge, "entry \(entries) claims \(size) bytes")
    }
  }

  private func path(_ longName: String?, _ header: [UInt8]) throws(PayloadError) -> String {
    if let longName { return longName }
    let name = header[TarFormat.Field.name].prefix { $0 != 0 }
    let isPOSIX = header[TarFormat.Field.magic].starts(with: TarFormat.magic.prefix(5))
    let prefix = isPOSIX ? header[TarFormat.Field.prefix].prefix { $0 != 0 } : []
    return try text(prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: "/")] + name)
  }

  /// A header holds whole seconds, and the Go sidecar's writer rounds to the nearest.
  private static func modified(_ header: [UInt8]) -> Duration? {
    guard let seconds = octal(header[TarFormat.Field.time]), seconds > 0 else { return nil }
    return .seconds(seconds) - .milliseconds(500)
  }

  /// What an extended header tells of the entry after it.
  private struct Extended {
    var path: String?
    var modified: Duration?
  }

  private func extended(_ records: [UInt8]) throws(PayloadError) -> Extended {
    var found = Extended()
    var rest = records[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard digits.count <= 6, let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 2, length <= rest.count
      else { throw PayloadError(.tar, "damaged extended header \(entries)") }
      let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
        throw PayloadError(.tar, "damaged extended header \(entries)")
      }
      let value = record[(equals + 1)...]
      if record[..<equals].elementsEqual("path".utf8) {
        found.path = try text(Array(value))
      } else if record[..<equals].elementsEqual("mtime".utf8) {
        found.modified = Self.time(value)
      }
      rest = rest.dropFirst(length)
    }
    return found
  }

  private func text(_ bytes: [UInt8]) throws(PayloadError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PayloadError(.forbiddenEntry, "the name of entry \(entries) is not UTF-8")
    }
    return text
  }

  private func octal(
    _ header: [UInt8], _ field: Range<Int>, _ name: String
  ) throws(PayloadError) -> Int {
    guard let number = Self.octal(header[field]) else {
      throw PayloadError(.tar, "entry \(entries) has no valid \(name)")
    }
    return number
  }

  /// Seconds with up to nine decimals; nil for anything else, a time before 1970 included.
  private static func time(_ text: ArraySlice<UInt8>) -> Duration? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...11).contains(parts[0].count),
      parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    let decimals = parts.count == 2 ? parts[1].prefix(9) : []
    let nanoseconds = decimals.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    let scale = (decimals.count..<9).reduce(Int64(1)) { scale, _ in scale * 10 }
    return .seconds(parts[0].reduce(0) { $0 * 10 + Int64($1 - 0x30) })
      + .nanoseconds(nanoseconds * scale)
  }

  /// Octal digits between optional spaces, ended by a space, a zero byte or the field's end.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
    guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }
}
