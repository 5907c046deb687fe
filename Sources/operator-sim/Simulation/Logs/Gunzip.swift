internal import CZlib

/// Unpacks a gzip body; exporters compress by default.
/// - Parameter limit: the largest result, in bytes.
/// - Returns: nil when the bytes are not gzip or hold more than the limit.
func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
  var stream = z_stream()
  guard
    inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { return nil }
  defer { inflateEnd(&stream) }
  var out: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  var input = bytes
  var status = Z_OK
  input.withUnsafeMutableBufferPointer { input in
    stream.next_in = input.baseAddress
    stream.avail_in = UInt32(input.count)
    while status == Z_OK, out.count <= limit {
      let filled = chunk.withUnsafeMutableBufferPointer { chunk in
        stream.next_out = chunk.baseAddress
        stream.avail_out = UInt32(chunk.count)
        status = inflate(&stream, Z_NO_FLUSH)
        return chunk.count - Int(stream.avail_out)
      }
      out += chunk.prefix(filled)
    }
  }
  return status == Z_STREAM_END && out.count <= limit ? out : nil
}
