internal import FilelogText

/// The content of a stored value without the order of its entries: equal for two values exactly when
/// they hold the same entries.
///
/// The receiver reorders its entries as files come and go and when it stops, which is not a change. The
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
  guard !value.isEmpty else { return }
  guard let parts = ValueParts(of: value) else { return body(value) }
  body(value[parts.head])
  for range in parts.entries.sorted(by: { value[$0].precedesByBytes(value[$1]) }) {
    body(value[range])
  }
  for range in parts.others { body(value[range]) }
}
