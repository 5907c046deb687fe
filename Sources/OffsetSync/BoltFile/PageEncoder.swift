/// What a page is made of: a leaf's key and value, or a branch's key and child.
public struct PageElement {
  /// The key, or the first key of a branch's child.
  public var key: ArraySlice<UInt8>
  /// A leaf's value, or the value of a bucket.
  public var value: ArraySlice<UInt8>
  /// A leaf element's flags.
  public var flags: UInt32
  /// A branch's child.
  public var child: BoltFormat.PageID

  /// A branch's element.
  public init(key: ArraySlice<UInt8>, child: BoltFormat.PageID) {
    (self.key, value, flags, self.child) = (key, [], 0, child)
  }

  /// A leaf's element.
  public init(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>, flags: UInt32 = 0) {
    (self.key, self.value, self.flags, child) = (key, value, flags, 0)
  }

  /// A leaf's element that is a bucket.
  public init(key: ArraySlice<UInt8>, bucket value: [UInt8]) {
    self.init(key: key, value: value[...], flags: BoltFormat.bucketElementFlag)
  }

  /// The bytes that it takes in a page.
  public var size: Int { BoltFormat.leafElementSize + key.count + value.count }
}

/// The bytes of branch and leaf pages (`page.go`), for those who write whole files and those who write
/// in place.
public enum PageEncoder {
  /// The bytes of a page of these elements, its overflow pages' included.
  public static func size(of elements: some Sequence<PageElement>) -> Int {
    elements.reduce(BoltFormat.pageHeaderSize) { $0 + $1.size }
  }

  /// The page's header and its table of elements. The keys and values follow, element by element.
  ///
  /// bbolt's writer never puts more than 65,535 elements into a page; elements of at least 17 bytes
  /// cannot reach that in 64 KiB.
  public static func table(
    _ elements: [PageElement], _ kind: BoltFormat.PageKind, id: BoltFormat.PageID,
    overflow: UInt32
  ) -> [UInt8] {
    let header = PageHeader(
      id: id, kind: kind, count: UInt16(elements.count), overflow: overflow)
    var out = header.bytes
    out.reserveCapacity(
      BoltFormat.pageHeaderSize + elements.count * BoltFormat.leafElementSize)
    // Positions count from each element's own beginning.
    var position = elements.count * BoltFormat.leafElementSize
    for element in elements {
      if kind == .branch {
        out.append(littleEndian: UInt32(position))
        out.append(littleEndian: UInt32(element.key.count))
        out.append(littleEndian: element.child)
      } else {
        out.append(littleEndian: element.flags)
        out.append(littleEndian: UInt32(position))
        out.append(littleEndian: UInt32(element.key.count))
        out.append(littleEndian: UInt32(element.value.count))
      }
      position += element.size - 2 * BoltFormat.leafElementSize
    }
    return out
  }

  /// A whole page but for what fills it up.
  public static func page(
    _ elements: [PageElement], _ kind: BoltFormat.PageKind, id: BoltFormat.PageID,
    overflow: UInt32
  ) -> [UInt8] {
    var out = table(elements, kind, id: id, overflow: overflow)
    for element in elements {
      out += element.key
      out += element.value
    }
    return out
  }

  /// A bucket's value: where its tree begins.
  public static func header(root: BoltFormat.PageID, _ bucket: BoltBucket) -> [UInt8] {
    var header: [UInt8] = []
    header.append(littleEndian: root)
    header.append(littleEndian: bucket.sequence)
    return header
  }

  /// The value of a small bucket without children, which lies in its parent's page, by bbolt's own
  /// rule: at most a quarter of a page (`bucket.go`, `inlineable`). Nil for any other.
  public static func inlineValue(_ bucket: BoltBucket, pageSize: Int) -> [UInt8]? {
    var size = BoltFormat.pageHeaderSize
    var elements: [PageElement] = []
    for entry in bucket.entries {
      guard case .value(let value) = entry.content else { return nil }
      let element = PageElement(key: entry.key, value: value)
      size += element.size
      guard size <= pageSize / 4 else { return nil }
      elements.append(element)
    }
    return header(root: 0, bucket) + page(elements, .leaf, id: 0, overflow: 0)
  }
}
