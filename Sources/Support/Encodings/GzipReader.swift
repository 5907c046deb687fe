internal import CFilelogZlib

/// Expands gzip (RFC 1952) piece by piece, so that memory stays bounded whatever the input claims.
///
/// Checksum and length of every member are verified when its end is reached. Several members one
/// after the other are one stream, as the RFC says; anything else behind the last is an error.
public final class GzipReader {
  private let input: [UInt8]
  private var position = 0
  /// zlib remembers where its stream lies, so that must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var ended = false
  private var expanded = 0
  private let limit: Int

  /// - Parameters:
  ///   - input: one gzip stream.
  ///   - limit: the most bytes that it may expand to.
  public init(_ input: [UInt8], limit: Int) {
    self.input = input
    self.limit = limit
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: \(status)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next `count` bytes; fewer only at the end of the stream.
  public func read(_ count: Int) throws(GzipError) -> [UInt8] {
    guard count > 0 else { return [] }
    guard count <= limit - expanded else { throw .tooLarge(limit: limit) }
    var failure: GzipError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(GzipError) {
        while filled < count, !ended {
          filled += try inflate(into: UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    expanded += bytes.count
    return bytes
  }

  /// Expands the next `count` bytes, or fewer at the end of the stream, without keeping them.
  /// - Returns: how many there were.
  public func skip(_ count: Int) throws(GzipError) -> Int {
    var skipped = 0
    while skipped < count {
      let piece = try read(min(count - skipped, 1 << 14)).count
      if piece == 0 { break }
      skipped += piece
    }
    return skipped
  }

  /// Expands the rest, up to the limit, for its checksum alone.
  public func drain() throws(GzipError) {
    let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 14)
    defer { scratch.deallocate() }
    while !ended {
      expanded += try inflate(into: scratch)
      guard expanded <= limit else { throw .tooLarge(limit: limit) }
    }
  }

  private var atEnd: Bool { position == input.count }

  private func inflate(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(GzipError) -> Int {
    stream.pointee.next_out = buffer.baseAddress
    stream.pointee.avail_out = UInt32(min(buffer.count, 1 << 30))
    let room = stream.pointee.avail_out
    let given = min(input.count - position, 1 << 20)
    let status = input.withUnsafeBufferPointer { input in
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress.map { $0 + position })
      stream.pointee.avail_in = UInt32(given)
      return CFilelogZlib.inflate(stream, Z_NO_FLUSH)
    }
    position += given - Int(stream.pointee.avail_in)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: try endMember()
    case Z_BUF_ERROR where atEnd: throw .damaged("cut off")
    default:
      throw .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)")
    }
    return Int(room - stream.pointee.avail_out)
  }

  private func endMember() throws(GzipError) {
    guard !atEnd else {
      ended = true
      return
    }
    guard input.count - position >= 2, input[position] == 0x1f, input[position + 1] == 0x8b else {
      throw .damaged("\(input.count - position) bytes behind its end")
    }
    inflateReset(stream)
  }
}
