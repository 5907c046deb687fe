internal import FilelogCheckpoint
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

  /// Opens a file and reads its fingerprint; nil when it cannot be read or is empty: it is met again
  /// at the next poll.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    let fingerprint = Self.read(descriptor, at: 0, count: Self.fingerprintSize)
    guard !fingerprint.isEmpty else {
      _ = close(descriptor)
      return nil
    }
    self.path = path
    self.descriptor = descriptor
    known = KnownFile(fingerprint: fingerprint)
  }

  deinit { _ = close(descriptor) }

  var size: Int64 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Goes on where an earlier reader of the same file stopped. A file that is now shorter is read
  /// from its beginning again (`on_truncate: read_whole_file`, the receiver's default).
  func resume(_ earlier: KnownFile) {
    let fingerprint = known.fingerprint
    known = earlier
    known.fingerprint = fingerprint
    if known.offset > size { known.offset = 0 }
  }

  /// Whether the descriptor still shows the file that was known, not one written over it.
  var isUnchanged: Bool {
    let count = known.fingerprint.count
    return Self.read(descriptor, at: 0, count: count) == known.fingerprint
  }

  /// Reads whole lines from the offset to the end of the file and moves the offset past them. The
  /// rest of an unfinished line stays for the next time.
  func readLines(now: Int64, _ handle: (String) -> Void) {
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
