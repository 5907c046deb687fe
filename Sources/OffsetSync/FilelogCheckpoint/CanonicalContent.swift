/// The content of a stored value without the order of its entries: equal for two values exactly when
/// they hold the same entries.
///
/// The receiver reorders its entries as files come and go and when it stops, which is no change. The
/// entries are compared as the bytes they are, not decoded, so that fields unknown here still count.
/// A value in neither encoding is its own content.
public func canonicalContent(of value: [UInt8]) -> [UInt8] {
  var content: [UInt8] = []
  content.reserveCapacity(value.count)
  forEachPartOfCanonicalContent(of: value[...]) { content += $0 }
  return content
}

/// Hands over ``canonicalContent(of:)`` piece by piece, in slices of the value: a receiver of 2,000
/// files stores 2 MB, which need no copy to be hashed. All pieces together are as long as the value.
public func forEachPartOfCanonicalContent(
  of value: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void
) {
  guard let first = value.first else { return }
  let parts =
    (0x30...0x39).contains(first) ? linesOfJSON(value) : entriesOfProtobuf(value)
  guard let parts else { return body(value) }
  body(value[parts.head])
  for range in parts.entries.sorted(by: { precedes(value[$0], value[$1]) }) { body(value[range]) }
  for range in parts.others { body(value[range]) }
}

/// More entries than any volume holds of the size that receivers write are not sorted: finding them
/// would take several times the value's memory.
private let mostEntries = 1 << 16

/// The parts of a value: its entries, and what is not an entry and keeps its place.
private struct Parts {
  var head: Range<Int>
  var entries: [Range<Int>] = []
  var others: [Range<Int>] = []
}

/// Nil when the value is not the number of files followed by one JSON object a line.
private func linesOfJSON(_ value: ArraySlice<UInt8>) -> Parts? {
  guard let headEnd = value.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
  var parts = Parts(head: value.startIndex..<(headEnd + 1))
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

/// Nil when the value is not a sequence of protobuf fields. Only the list's own field is a set;
/// nothing is known of others, so they keep their order.
private func entriesOfProtobuf(_ value: ArraySlice<UInt8>) -> Parts? {
  var parts = Parts(head: value.startIndex..<value.startIndex)
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

private func precedes(_ one: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Bool {
  one.lexicographicallyPrecedes(other)
}
