internal import CFilelogZlib

/// Compresses bytes as one gzip member without name or time, so that equal bytes give equal bytes.
public final class GzipWriter {
  /// What zlib is told of the bytes.
  public enum Content: Sendable {
    /// Text.
    case text
    /// Data with many short random strings, such as ids in log lines: saves 5 % on the databases of
    /// 200 log files.
    case records
    /// Bytes that are not to be compressed, only wrapped.
    case stored
  }

  /// zlib remembers where its stream lies, so that must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var out: [UInt8] = []

  /// Begins a member, at the highest level: what is compressed here is written seldom and travels far.
  public init(_ content: Content) {
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, content == .stored ? 0 : 9, Z_DEFLATED, 15 + 16, 9,
      content == .records ? Z_FILTERED : Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib does not start: \(status)")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// How many compressed bytes there are by now; zlib holds some back until the end.
  public var count: Int { out.count }

  /// Compresses bytes.
  public func write(_ bytes: some Collection<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { deflate($0, Z_NO_FLUSH) }
    if done == nil { Array(bytes).withUnsafeBufferPointer { deflate($0, Z_NO_FLUSH) } }
  }

  /// The compressed bytes. Nothing can be written after this.
  public func finish() -> [UInt8] {
    deflate(UnsafeBufferPointer(start: nil, count: 0), Z_FINISH)
    return out
  }

  private func deflate(_ input: UnsafeBufferPointer<UInt8>, _ flush: Int32) {
    let chunk = 1 << 15
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(input.count)
    var room: UInt32 = 0
    repeat {
      let piece = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, filled in
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(chunk)
        _ = CFilelogZlib.deflate(stream, flush)
        filled = chunk - Int(stream.pointee.avail_out)
      }
      out += piece
      room = stream.pointee.avail_out
    } while room == 0
  }
}

/// gzip of bytes that fit into memory as a whole.
public enum Gzip {
  /// One member, the same for the same bytes.
  public static func compress(
    _ bytes: some Collection<UInt8>, _ content: GzipWriter.Content = .text
  ) -> [UInt8] {
    let writer = GzipWriter(content)
    writer.write(bytes)
    return writer.finish()
  }

  /// What a gzip stream expands to.
  /// - Throws: ``GzipError`` when it is damaged or expands to more than `limit` bytes.
  public static func expand(_ bytes: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
    let reader = GzipReader(bytes, limit: limit)
    var out: [UInt8] = []
    while true {
      let piece = try reader.read(min(1 << 16, limit - out.count))
      guard !piece.isEmpty else {
        try reader.drain()
        return out
      }
      out += piece
    }
  }
}
