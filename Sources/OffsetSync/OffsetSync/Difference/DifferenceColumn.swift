/// How far numbers moved, byte by byte across all of them: the higher bytes of log files that grow
/// alike are alike, and compress.
enum DifferenceColumn {
  /// Small numbers for small distances in either direction.
  static func zigzag(_ distance: UInt64) -> UInt64 {
    let signed = Int64(bitPattern: distance)
    return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
  }

  static func distance(_ zigzag: UInt64) -> UInt64 { (zigzag >> 1) ^ (0 &- (zigzag & 1)) }

  static func append(_ column: [UInt64], to out: inout [UInt8]) {
    let width = (71 - (column.max() ?? 0).leadingZeroBitCount) / 8
    out.append(UInt8(width))
    for plane in 0..<width {
      for number in column { out.append(UInt8(truncatingIfNeeded: number >> UInt64(plane * 8))) }
    }
  }

  static func read(
    _ count: Int, from cursor: inout DifferenceCursor
  ) throws(DifferenceError) -> [UInt64] {
    let width = Int(try cursor.byte())
    guard width <= 8 else { throw DifferenceError(.format, "it holds a number that is too long") }
    let bytes = try cursor.bytes(width * count)
    return (0..<count).map { index in
      (0..<width).reduce(0) { number, plane in
        number | UInt64(bytes[bytes.startIndex + plane * count + index]) << UInt64(plane * 8)
      }
    }
  }
}
