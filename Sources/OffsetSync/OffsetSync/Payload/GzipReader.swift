internal import CZlib

/// Expands gzip (RFC 1952) piece by piece, so that memory stays bounded whatever the input claims.
///
/// Checksum and length of every member are verified when its end is reached. Several members one
/// after the other are one stream, as the RFC says; anything else behind the last is an error.
final class GzipReader {
  private let input: [UInt8]
  private var position = 0
  /// zlib remembers where its stream lies, so that must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var ended = false
  private var expanded = 0
  private let limit: Int

  init(_ input: [UInt8], limit: Int) throws(PayloadError) {
    self.input = input
    self.limit = limit
    stream.initialize(to: z_stream())
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw PayloadError(.gzip, "zlib does not start") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next `count` bytes; fewer only at the end of the stream.
  func read(_ count: Int) throws(PayloadError) -> [UInt8] {
    guard count > 0 else { return [] }
    guard count <= limit - expanded else { throw Self.tooLarge(limit) }
    var failure: PayloadError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(PayloadError) {
        while filled < count, !ended {
          filled += try inflate(into: UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    expanded += bytes.count
    return bytes
  }

  /// Expands the rest, up to the limit, for its checksum alone.
  func drain() throws(PayloadError) {
    while !ended {
      let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 14)
      defer { scratch.deallocate() }
      expanded += try inflate(into: scratch)
      guard expanded <= limit else { throw Self.tooLarge(limit) }
    }
  }

  private static func tooLarge(_ limit: Int) -> PayloadError {
    PayloadError(.tooLarge, "expands to more than \(limit) bytes")
  }

  private var atEnd: Bool { position == input.count }

  private func inflate(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(PayloadError) -> Int {
    stream.pointee.next_out = buffer.baseAddress
    stream.pointee.avail_out = UInt32(buffer.count)
    let given = min(input.count - position, 1 << 20)
    let status = input.withUnsafeBufferPointer { input in
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress.map { $0 + position })
      stream.pointee.avail_in = UInt32(given)
      return CZlib.inflate(stream, Z_NO_FLUSH)
    }
    position += given - Int(stream.pointee.avail_in)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try endMember()
    case Z_BUF_ERROR where atEnd: throw PayloadError(.gzip, "cut off")
    default:
      // zlib's messages are constants of its own; they repeat nothing of the input.
      let message = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
      throw PayloadError(.gzip, message)
    }
    return buffer.count - Int(stream.pointee.avail_out)
  }

  private func endMember() throws(PayloadError) {
    guard !atEnd else {
      ended = true
      return
    }
    guard input.count - position >= 2, input[position] == 0x1f, input[position + 1] == 0x8b else {
      throw PayloadError(.gzip, "\(input.count - position) bytes behind its end")
    }
    inflateReset(stream)
  }
}
