/// How far numbers moved, in the former form: byte by byte across all of them.
enum FormerNumberColumn {
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
