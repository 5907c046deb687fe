internal import FilelogEncodings
internal import FilelogSystemCalls
internal import FilelogText
internal import Glibc

/// What a log file tells without being read to its end.
struct LogFileHead {
  /// The first bytes, as many as a fingerprint takes; of the content where the file is packed.
  let prefix: [UInt8]
  /// Bytes of the content; of a packed file modulo 2³², as gzip has it.
  let contentBytes: Int64
  /// Bytes of the file.
  let fileBytes: Int64
  /// Whether it begins as gzip does; its name says nothing, for the receiver neither.
  let isPacked: Bool
  /// When the file was last written, since 1970. Packing is writing too.
  let modified: Duration

  /// As many bytes of a file as the receiver takes for its fingerprint.
  static let prefixBytes = 1000
  /// What is read of a packed file; the rest of the fingerprint's bytes would follow after tables of
  /// no sane packer.
  private static let packedBytes = 8 << 10

  /// Reads an open plain file.
  /// - Returns: nil when it is not a plain file, or cannot be unpacked.
  static func read(
    _ descriptor: SystemCalls.Descriptor, _ calls: SystemCalls
  ) throws(SystemError) -> LogFileHead? {
    let status = try calls.status(descriptor)
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    let bytes = try read(descriptor, at: 0, count: prefixBytes, calls)
    let modified = Duration(status.st_mtim)
    let size = Int64(status.st_size)
    guard bytes.starts(with: [0x1f, 0x8b]) else {
      return LogFileHead(
        prefix: bytes, contentBytes: size, fileBytes: size, isPacked: false, modified: modified)
    }
    let packed = try read(descriptor, at: 0, count: packedBytes, calls)
    let length = try read(descriptor, at: UInt64(max(0, size - 4)), count: 4, calls)
    guard length.count == 4,
      let prefix = try? GzipReader(packed, limit: prefixBytes).read(prefixBytes)
    else { return nil }
    return LogFileHead(
      prefix: prefix,
      contentBytes: length.reversed().reduce(0) { $0 << 8 | Int64($1) }, fileBytes: size,
      isPacked: true, modified: modified)
  }

  private static func read(
    _ descriptor: SystemCalls.Descriptor, at offset: UInt64, count: Int, _ calls: SystemCalls
  ) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SystemError) {
        while filled < count {
          let rest = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
          let got = try calls.read(descriptor, rest, offset + UInt64(filled))
          guard got > 0 else { return }
          filled += got
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }
}

extension LogFileHead {
  /// The time that the container runtime wrote before the first line.
  struct FirstLine {
    /// Since 1970.
    let time: Duration
    /// The time zone that it was written in, as RFC 3339 has it.
    let zone: String
  }

  /// Nil where the first line does not tell, in the formats of CRI and of Docker.
  var firstLine: FirstLine? {
    let line = prefix.prefix { $0 != UInt8(ascii: "\n") }
    let text: ArraySlice<UInt8>
    if line.first == UInt8(ascii: "{") {
      guard let found = line.firstPlace(of: "\"time\":\"".utf8) else { return nil }
      text = line[found.upperBound...].prefix { $0 != UInt8(ascii: "\"") }
    } else {
      text = line.prefix { $0 != UInt8(ascii: " ") }
    }
    guard text.count <= 40, text.count > 19,
      let time = RFC3339.parse(String(decoding: text, as: UTF8.self))
    else { return nil }
    let zone = text.dropFirst(19).drop {
      $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0)
    }
    return FirstLine(
      time: .seconds(time.seconds) + .nanoseconds(time.nanoseconds),
      zone: String(decoding: zone, as: UTF8.self))
  }
}
