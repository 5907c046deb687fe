internal import FilelogCheckpoint
internal import FilelogEncodings
internal import Glibc

/// A log file that is open for reading, and how far it has been read.
final class LogFile {
  static let fingerprintSize = 1000
  private static let chunkSize = 64 << 10
  /// Longer lines are cut, as the receiver's `max_log_size` has it.
  private static let maximumLine = 1 << 20

  let path: String
  var known: KnownFile
  private let descriptor: Int32
  /// What a packed file holds, and where reading goes on in it; nil for a plain one.
  private var unpacked: (content: [UInt8], position: Int)?

  /// More than this of a packed file's content is not read.
  private static let unpackedLimit = 256 << 20

  /// Opens a file and reads its fingerprint, that of the content where it is packed; nil when it
  /// cannot be read or is empty: it is met again at the next poll.
  init?(path: String, _ compression: CollectorConfiguration.Compression = .none) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var fingerprint = Self.read(descriptor, at: 0, count: Self.fingerprintSize)
    let isPacked = fingerprint.starts(with: [0x1f, 0x8b])
    if isPacked, compression != .none {
      let bytes = Self.read(descriptor, at: 0, count: Self.size(descriptor))
      guard let content = try? Gzip.expand(bytes, limit: Self.unpackedLimit) else {
        _ = close(descriptor)
        return nil
      }
      unpacked = (content, 0)
      fingerprint = Array(content.prefix(Self.fingerprintSize))
    }
    guard !fingerprint.isEmpty, isPacked || compression != .gzip else {
      _ = close(descriptor)
      return nil
    }
    self.path = path
    self.descriptor = descriptor
    known = KnownFile(fingerprint: fingerprint)
  }

  deinit { _ = close(descriptor) }

  var size: Int64 { Int64(Self.size(descriptor)) }

  private static func size(_ descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// What was in the file before it was met is not read.
  func skipContent() {
    if let content = unpacked?.content { unpacked?.position = content.count }
    known.offset = size
  }

  /// Goes on where an earlier reader of the same file stopped. A file that is now shorter is read
  /// from its beginning again (`on_truncate: read_whole_file`, the receiver's default).
  func resume(_ earlier: KnownFile) {
    let fingerprint = known.fingerprint
    known = earlier
    known.fingerprint = fingerprint
    guard let content = unpacked?.content else {
      if known.offset > size { known.offset = 0 }
      return
    }
    // Offsets of a packed file count its packed bytes, those of the plain one it was its content's.
    unpacked?.position =
      known.fileType.isEmpty
      ? Int(min(max(0, known.offset), Int64(content.count)))
      : known.offset >= size ? content.count : 0
  }

  /// Whether the descriptor still shows the file that was known, not one written over it.
  var isUnchanged: Bool {
    guard unpacked == nil else { return true }
    let count = known.fingerprint.count
    return Self.read(descriptor, at: 0, count: count) == known.fingerprint
  }

  /// Reads whole lines from the offset to the end of the file and moves the offset past them. The
  /// rest of an unfinished line stays for the next time.
  func readLines(now: Int64, _ handle: (String) -> Void) {
    if unpacked != nil { return readPacked(now: now, handle) }
    var pending: [UInt8] = []
    var position = known.offset
    let before = known.offset
    while true {
      let chunk = Self.read(descriptor, at: position, count: Self.chunkSize)
      if chunk.isEmpty { break }
      position += Int64(chunk.count)
      pending += chunk
      takeLines(&pending, handle)
    }
    if known.offset != before { known.lastDataChange = now }
  }

  private func readPacked(now: Int64, _ handle: (String) -> Void) {
    guard let (content, position) = unpacked else { return }
    var pending = Array(content[position...])
    unpacked?.position = content.count
    if !pending.isEmpty { known.lastDataChange = now }
    takeLines(&pending, handle)
    known.fileType = ".gz"
    known.offset = size
  }

  private func takeLines(_ pending: inout [UInt8], _ handle: (String) -> Void) {
    var start = 0
    while let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
      take(pending[start..<end], and: 1, handle)
      start = end + 1
    }
    pending.removeFirst(start)
    if pending.count >= Self.maximumLine {
      take(pending[...], and: 0, handle)
      pending = []
    }
  }

  private func take(_ line: ArraySlice<UInt8>, and lineEnd: Int64, _ handle: (String) -> Void) {
    handle(String(decoding: line, as: UTF8.self))
    known.offset += Int64(line.count) + lineEnd
    known.recordNumber += 1
  }

  private static func read(_ descriptor: Int32, at offset: Int64, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress! + filled, count - filled,
          off_t(offset) + off_t(filled))
        if got > 0 {
          filled += got
        } else if got == 0 || errno != EINTR {
          return
        }
      }
    }
  }
}
