/// Numbers as protobuf has them, in as few bytes as they take: any other form would not be written
/// again as it was.
public enum Varint {
  /// Appends a number.
  public static func append(_ value: UInt64, to out: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(rest))
  }

  /// Reads the number at a place of these bytes, before `end`.
  /// - Returns: the number and the place after it; nil when it is cut off or longer than it need be.
  public static func read(
    _ bytes: ArraySlice<UInt8>, at place: Int, to end: Int
  ) -> (number: UInt64, next: Int)? {
    var number: UInt64 = 0
    var place = place
    for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
      guard place < end else { return nil }
      let byte = bytes[place]
      place += 1
      if shift == 63, byte > 1 { return nil }
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return byte == 0 && shift > 0 ? nil : (number, place) }
    }
    return nil
  }
}
