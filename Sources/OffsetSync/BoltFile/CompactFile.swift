/// A database file with some content and nothing else: no free pages, no free list, pages in one fixed
/// order. Equal content, transaction and page size give equal bytes.
///
/// bbolt opens it like any other and rebuilds the free list by scanning, as it does for every database
/// of the collector (`NoFreelistSync`). It is written piece by piece, so that it takes no memory
/// beside the content.
public struct CompactFile {
  private let content: BoltContent
  private let root: BoltFormat.PageID
  private let pages: BoltFormat.PageID

  /// Finds where each page lies; writes nothing.
  public init(_ content: BoltContent) {
    self.content = content
    var writer = CompactWriter<Never>(pageSize: content.pageSize, sink: nil)
    root = writer.write(bucket: content.root)
    pages = writer.nextPage
  }

  /// The file's length in bytes.
  public var size: Int { Int(pages) * content.pageSize }

  /// Hands over the file from its first byte to its last.
  public func write<Failure: Error>(
    _ sink: @escaping (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    // Both metas point at the tree, so either may be lost. The next commit overwrites the older.
    let newest = content.transaction
    let older = newest == 0 ? 0 : newest - 1
    let transactions = newest % 2 == 0 ? [newest, older] : [older, newest]
    for (page, transaction) in transactions.enumerated() {
      let meta = Meta(
        pageSize: UInt32(content.pageSize), root: root, sequence: content.root.sequence,
        highWaterMark: pages, transaction: transaction)
      try sink(meta.page(id: BoltFormat.PageID(page))[...])
    }
    var writer = CompactWriter(pageSize: content.pageSize, sink: sink)
    _ = try writer.write(bucket: content.root)
    try writer.flush()
  }
}

extension BoltContent {
  /// The whole of a ``CompactFile``.
  public func compactFile() -> [UInt8] {
    let file = CompactFile(self)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.size)
    file.write { bytes += $0 }
    return bytes
  }
}

/// Writes a tree from its leaves up, each page once. Without a sink it only counts the pages.
private struct CompactWriter<Failure: Error> {
  private let pageSize: Int
  private let sink: ((ArraySlice<UInt8>) throws(Failure) -> Void)?
  private(set) var nextPage: BoltFormat.PageID = 2
  /// Pieces that are too small to be handed over one by one.
  private var pending: [UInt8] = []

  init(pageSize: Int, sink: ((ArraySlice<UInt8>) throws(Failure) -> Void)?) {
    self.pageSize = pageSize
    self.sink = sink
  }

  /// Writes a bucket's pages and returns its root page.
  mutating func write(bucket: BoltBucket) throws(Failure) -> BoltFormat.PageID {
    var level: [PageElement] = []
    var page = PageGroup()
    for entry in bucket.entries {
      let element = try leafElement(entry)
      if page.size + element.size > pageSize, !page.elements.isEmpty {
        level.append(try write(page, .leaf))
        page = PageGroup()
      }
      page.append(element)
    }
    level.append(try write(page, .leaf))
    while level.count > 1 { level = try branches(over: level) }
    return level[0].child
  }

  private mutating func branches(over children: [PageElement]) throws(Failure) -> [PageElement] {
    var level: [PageElement] = []
    var page = PageGroup()
    for child in children {
      if page.size + child.size > pageSize, page.elements.count >= 2 {
        level.append(try write(page, .branch))
        page = PageGroup()
      }
      page.append(child)
    }
    level.append(try write(page, .branch))
    return level
  }

  private mutating func leafElement(_ entry: BoltBucket.Entry) throws(Failure) -> PageElement {
    switch entry.content {
    case .value(let value): return PageElement(key: entry.key, value: value)
    case .bucket(let bucket):
      if let value = PageEncoder.inlineValue(bucket, pageSize: pageSize) {
        return PageElement(key: entry.key, bucket: value)
      }
      let root = try write(bucket: bucket)
      return PageElement(key: entry.key, bucket: PageEncoder.header(root: root, bucket))
    }
  }

  /// The elements of one page, which are handed over when it is full.
  private struct PageGroup {
    private(set) var elements: [PageElement] = []
    private(set) var size = BoltFormat.pageHeaderSize

    mutating func append(_ element: PageElement) {
      elements.append(element)
      size += element.size
    }
  }

  /// - Returns: what leads to the page: its first key and its id.
  private mutating func write(
    _ page: PageGroup, _ kind: BoltFormat.PageKind
  ) throws(Failure) -> PageElement {
    let id = nextPage
    let count = (page.size + pageSize - 1) / pageSize
    nextPage += BoltFormat.PageID(count)
    if sink != nil {
      let table = PageEncoder.table(
        page.elements, kind, id: id, overflow: UInt32(count - 1))
      try put(table[...])
      for element in page.elements {
        try put(element.key)
        try put(element.value)
      }
      try put([UInt8](repeating: 0, count: count * pageSize - page.size)[...])
    }
    return PageElement(key: page.elements.first?.key ?? [], child: id)
  }

  private mutating func put(_ piece: ArraySlice<UInt8>) throws(Failure) {
    let limit = 32 << 10
    if pending.count + piece.count > limit { try flush() }
    if piece.count > limit { try sink?(piece) } else { pending += piece }
  }

  /// Hands over what was held back.
  mutating func flush() throws(Failure) {
    if !pending.isEmpty { try sink?(pending[...]) }
    pending.removeAll(keepingCapacity: true)
  }
}
