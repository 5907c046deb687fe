/// Where the entries of a stored value lie in it, one for each log file.
public struct ValueParts: Sendable {
  /// How the value is encoded.
  public let encoding: Checkpoint.Encoding
  /// What stands before the entries: in JSON the line with their number.
  public internal(set) var head: Range<Int>
  /// One for each log file, in stored order, which carries no meaning.
  public internal(set) var entries: [Range<Int>] = []
  /// What is not an entry. Nothing is known of it, so its order counts.
  public internal(set) var others: [Range<Int>] = []

  /// More entries than any volume holds of the size that receivers write are not told apart: finding
  /// them would take several times the value's memory.
  public static let mostEntries = 1 << 16

  /// Indices are those of the slice. Nil for a value of no bytes, and for one in neither encoding.
  public init?(of value: ArraySlice<UInt8>) {
    guard let first = value.first else { return nil }
    let parts = (0x30...0x39).contains(first) ? Self.lines(value) : Self.messages(value)
    guard let parts else { return nil }
    self = parts
  }

  private init(_ encoding: Checkpoint.Encoding, head: Range<Int>) {
    self.encoding = encoding
    self.head = head
  }

  /// Nil when the value is not the number of files followed by one JSON object a line.
  private static func lines(_ value: ArraySlice<UInt8>) -> Self? {
    guard let headEnd = value.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    var parts = Self(.json, head: value.startIndex..<(headEnd + 1))
    guard value[..<headEnd].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    var start = parts.head.upperBound
    while start < value.endIndex {
      guard let end = value[start...].firstIndex(of: UInt8(ascii: "\n")),
        value[start] == UInt8(ascii: "{"), value[end - 1] == UInt8(ascii: "}")
      else { return nil }
      guard parts.entries.count < mostEntries else { return nil }
      parts.entries.append(start..<(end + 1))
      start = end + 1
    }
    return parts
  }

  /// Nil when the value is not a sequence of protobuf fields. Only the list's own field is a set.
  private static func messages(_ value: ArraySlice<UInt8>) -> Self? {
    var parts = Self(.protobuf, head: value.startIndex..<value.startIndex)
    var reader = ProtobufReader(value)
    do {
      var start = value.startIndex
      while let (field, fieldValue) = try reader.next() {
        if case .bytes = fieldValue, field == 1 {
          parts.entries.append(start..<reader.position)
        } else {
          parts.others.append(start..<reader.position)
        }
        guard parts.entries.count + parts.others.count <= mostEntries else { return nil }
        start = reader.position
      }
    } catch { return nil }
    return parts
  }
}
