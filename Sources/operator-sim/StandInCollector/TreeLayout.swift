internal import BoltFile

/// Lays a tree out in freshly allocated pages, children before their parents, as bbolt does when a
/// transaction commits (`node.go`, `spill`).
struct TreeLayout {
  struct Page {
    let id: BoltFormat.PageID
    /// Of whole pages, overflow pages included.
    let bytes: [UInt8]
  }

  private struct Element {
    var key: ArraySlice<UInt8>
    var value: ArraySlice<UInt8> = []
    var flags: UInt32 = 0
    var child: BoltFormat.PageID = 0
  }

  private let pageSize: Int
  var allocator: PageAllocator
  private(set) var pages: [Page] = []
  private(set) var root: BoltFormat.PageID = 0

  init(_ bucket: BoltBucket, pageSize: Int, allocator: PageAllocator) {
    self.pageSize = pageSize
    self.allocator = allocator
    root = place(bucket)
  }

  /// The pages that the tree takes.
  var pagesInUse: [Range<BoltFormat.PageID>] {
    pages.map { $0.id..<($0.id + UInt64($0.bytes.count / pageSize)) }
  }

  private mutating func place(_ bucket: BoltBucket) -> BoltFormat.PageID {
    var level = split(bucket.entries.map { element($0) }).map { place($0, .leaf) }
    while level.count > 1 {
      level = split(level).map { place($0, .branch) }
    }
    return level[0].child
  }

  private mutating func element(_ entry: BoltBucket.Entry) -> Element {
    switch entry.content {
    case .value(let value): return Element(key: entry.key, value: value)
    case .bucket(let bucket):
      let value = inlined(bucket) ?? Self.header(root: place(bucket), bucket)
      return Element(key: entry.key, value: value[...], flags: BoltFormat.bucketElementFlag)
    }
  }

  private static func header(root: BoltFormat.PageID, _ bucket: BoltBucket) -> [UInt8] {
    littleEndian(root) + littleEndian(bucket.sequence)
  }

  /// Small buckets lie within their parent's page: at most a quarter of a page, no child buckets
  /// (`bucket.go`, `inlineable`).
  private func inlined(_ bucket: BoltBucket) -> [UInt8]? {
    var elements: [Element] = []
    for entry in bucket.entries {
      guard case .value(let value) = entry.content else { return nil }
      elements.append(Element(key: entry.key, value: value))
    }
    guard Self.size(elements) <= pageSize / 4 else { return nil }
    return Self.header(root: 0, bucket) + Self.bytes(elements, .leaf, id: 0, overflow: 0)
  }

  /// Splits elements over pages filled by half, no page with fewer than two, and not at all where
  /// four or fewer would have to share (`node.go`, `splitTwo`).
  private func split(_ elements: [Element]) -> [[Element]] {
    var groups: [[Element]] = []
    var rest = elements[...]
    while rest.count > 4, Self.size(Array(rest)) > pageSize {
      var end = rest.startIndex
      var size = BoltFormat.pageHeaderSize
      while end < rest.endIndex - 2 {
        size += Self.size(of: rest[end])
        if end - rest.startIndex >= 2, size > pageSize / 2 { break }
        end += 1
      }
      groups.append(Array(rest[..<end]))
      rest = rest[end...]
    }
    return groups + [Array(rest)]
  }

  private mutating func place(_ elements: [Element], _ kind: BoltFormat.PageKind) -> Element {
    let count = (Self.size(elements) + pageSize - 1) / pageSize
    let id = allocator.allocate(count)
    var bytes = Self.bytes(elements, kind, id: id, overflow: UInt32(count - 1))
    bytes += repeatElement(0, count: count * pageSize - bytes.count)
    pages.append(Page(id: id, bytes: bytes))
    return Element(key: elements.first?.key ?? [], child: id)
  }

  private static func size(of element: Element) -> Int {
    BoltFormat.leafElementSize + element.key.count + element.value.count
  }

  private static func size(_ elements: [Element]) -> Int {
    elements.reduce(BoltFormat.pageHeaderSize) { $0 + size(of: $1) }
  }

  private static func bytes(
    _ elements: [Element], _ kind: BoltFormat.PageKind, id: BoltFormat.PageID, overflow: UInt32
  ) -> [UInt8] {
    let header = PageHeader(
      id: id, kind: kind, count: UInt16(elements.count), overflow: overflow)
    var out = header.bytes
    // Positions count from each element's own beginning.
    var position = elements.count * BoltFormat.leafElementSize
    for element in elements {
      if kind == .branch {
        out += littleEndian(UInt32(position)) + littleEndian(UInt32(element.key.count))
        out += littleEndian(element.child)
      } else {
        out += littleEndian(element.flags) + littleEndian(UInt32(position))
        out += littleEndian(UInt32(element.key.count)) + littleEndian(UInt32(element.value.count))
      }
      position += element.key.count + element.value.count - BoltFormat.leafElementSize
    }
    for element in elements { out += element.key + element.value }
    return out
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
