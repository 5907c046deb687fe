internal import BoltFile

/// Lays a tree out in freshly allocated pages, children before their parents, as bbolt does when a
/// transaction commits (`node.go`, `spill`).
struct TreeLayout {
  struct Page {
    let id: BoltFormat.PageID
    /// Of whole pages, overflow pages included.
    let bytes: [UInt8]
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

  private mutating func element(_ entry: BoltBucket.Entry) -> PageElement {
    switch entry.content {
    case .value(let value): return PageElement(key: entry.key, value: value)
    case .bucket(let bucket):
      let value =
        PageEncoder.inlineValue(bucket, pageSize: pageSize)
        ?? PageEncoder.header(root: place(bucket), bucket)
      return PageElement(key: entry.key, bucket: value)
    }
  }

  /// Splits elements over pages filled by half, no page with fewer than two, and not at all where
  /// four or fewer would have to share (`node.go`, `splitTwo`).
  private func split(_ elements: [PageElement]) -> [[PageElement]] {
    var groups: [[PageElement]] = []
    var rest = elements[...]
    var restSize = PageEncoder.size(of: rest)
    while rest.count > 4, restSize > pageSize {
      var end = rest.startIndex
      var size = BoltFormat.pageHeaderSize
      while end < rest.endIndex - 2 {
        size += rest[end].size
        if end - rest.startIndex >= 2, size > pageSize / 2 { break }
        end += 1
      }
      restSize -= size - BoltFormat.pageHeaderSize
      groups.append(Array(rest[..<end]))
      rest = rest[end...]
    }
    return groups + [Array(rest)]
  }

  private mutating func place(_ elements: [PageElement], _ kind: BoltFormat.PageKind) -> PageElement
  {
    let count = (PageEncoder.size(of: elements) + pageSize - 1) / pageSize
    let id = allocator.allocate(count)
    var bytes = PageEncoder.page(elements, kind, id: id, overflow: UInt32(count - 1))
    bytes += [UInt8](repeating: 0, count: count * pageSize - bytes.count)
    pages.append(Page(id: id, bytes: bytes))
    return PageElement(key: elements.first?.key ?? [], child: id)
  }
}
