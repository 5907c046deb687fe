internal import CFilelogZlib

/// Deflated bytes without a wrapper (RFC 1951): for what carries a digest of its own and is too short
/// for a header and a trailer.
public enum Deflate {
  /// How far back a stream can refer, and so how much of a dictionary counts.
  public static let window = 1 << 15

  /// The same bytes for the same bytes and dictionary.
  /// - Parameters:
  ///   - bytes: what is compressed.
  ///   - dictionary: bytes that the reader has as well, those that are most like what
  ///     is compressed at the end.
  ///   - content: what the bytes are like, which chooses zlib's strategy.
  public static func compress(
    _ bytes: [UInt8], dictionary: [UInt8] = [], _ content: GzipWriter.Content = .text
  ) -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, 9, Z_DEFLATED, -15, 9, content == .records ? Z_FILTERED : Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: \(status)")
    defer {
      deflateEnd(stream)
      stream.deallocate()
    }
    if !dictionary.isEmpty {
      dictionary.withUnsafeBufferPointer {
        _ = deflateSetDictionary(stream, $0.baseAddress, UInt32($0.count))
      }
    }
    let room = Int(deflateBound(stream, UInt(bytes.count)))
    return bytes.withUnsafeBufferPointer {
      output(of: stream, reading: $0, room: room) {
        let status = deflate(stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "zlib does not end: \(status)")
      }
    }
  }

  /// - Parameters:
  ///   - bytes: what ``compress(_:dictionary:_:)`` gave.
  ///   - count: to how many bytes they expand, which the caller has checked against a limit.
  ///   - dictionary: the one that they were compressed with.
  /// - Returns: nil when they are damaged, expand to another length, or hold more than one stream.
  public static func expand(
    _ bytes: ArraySlice<UInt8>, count: Int, dictionary: [UInt8] = []
  ) -> [UInt8]? {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: \(status)")
    defer {
      inflateEnd(stream)
      stream.deallocate()
    }
    if !dictionary.isEmpty {
      dictionary.withUnsafeBufferPointer {
        _ = inflateSetDictionary(stream, $0.baseAddress, UInt32($0.count))
      }
    }
    var isWhole = false
    // One byte more, so that the end of the stream is seen and not just the end of the room.
    let expanded = bytes.withUnsafeBufferPointer {
      output(of: stream, reading: $0, room: count + 1) {
        let status = inflate(stream, Z_FINISH)
        isWhole = status == Z_STREAM_END && stream.pointee.avail_in == 0
      }
    }
    return isWhole && expanded.count == count ? expanded : nil
  }

  /// What a stream writes in one step.
  private static func output(
    of stream: UnsafeMutablePointer<z_stream>, reading input: UnsafeBufferPointer<UInt8>, room: Int,
    in step: () -> Void
  ) -> [UInt8] {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(input.count)
    return [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      stream.pointee.next_out = buffer.baseAddress
      stream.pointee.avail_out = UInt32(room)
      step()
      filled = room - Int(stream.pointee.avail_out)
    }
  }
}
