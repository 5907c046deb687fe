/// Reads single pages and refuses those that cannot belong to a sound tree: outside the file, past
/// the high water mark, reached twice, not what their header says.
struct PageReader<Source: ByteSource> {
  struct Page {
    let header: PageHeader
    let kind: BoltFormat.PageKind
    /// The page with its overflow pages.
    let bytes: ArraySlice<UInt8>
  }

  /// Where a page id stood: what an error names when the id itself is nonsense.
  struct Reference {
    let page: BoltFormat.PageID
    /// Bytes into that page.
    let offset: Int
  }

  let source: Source
  let meta: Meta
  let limits: ReadLimits
  private let pagesInFile: UInt64
  /// One bit a page of the file.
  private var reached: [UInt64]
  private var liveBytes: UInt64 = 0

  init(_ source: Source, meta: Meta, limits: ReadLimits) throws(BoltError) {
    self.source = source
    self.meta = meta
    self.limits = limits
    pagesInFile = try source.size() / UInt64(meta.pageSize)
    // A tree within the limits reaches no more pages than this, however long a sparse file is.
    guard pagesInFile <= limits.pages else {
      throw BoltError(
        .tooLarge, "\(pagesInFile) pages are too many", file: source.name, page: limits.pages,
        offset: limits.pages * UInt64(meta.pageSize))
    }
    reached = []
  }

  mutating func page(
    _ id: BoltFormat.PageID, from reference: Reference
  ) throws(BoltError) -> Page {
    guard (2..<max(2, min(meta.highWaterMark, pagesInFile))).contains(id) else {
      throw damage(
        "points at page \(id), where no tree can have one", page: reference.page,
        offset: reference.offset)
    }
    let pageSize = Int(meta.pageSize)
    var bytes = try source.read(at: id * UInt64(pageSize), count: pageSize)
    guard bytes.count == pageSize, let header = PageHeader(bytes) else {
      throw damage("lies outside the file", page: id)
    }
    guard header.id == id else { throw damage("calls itself page \(header.id)", page: id) }
    guard let kind = BoltFormat.PageKind(rawValue: header.flags) else {
      throw damage("has no known type: flags \(header.flags)", page: id)
    }
    try claim(id, overflow: UInt64(header.overflow))
    if header.overflow > 0 {
      let whole = (Int(header.overflow) + 1) * pageSize
      bytes = try source.read(at: id * UInt64(pageSize), count: whole)
      guard bytes.count == whole, PageHeader(bytes) == header else {
        throw damage("changed while it was read", page: id)
      }
    }
    return Page(header: header, kind: kind, bytes: bytes)
  }

  private mutating func claim(_ id: BoltFormat.PageID, overflow: UInt64) throws(BoltError) {
    let end = id + overflow + 1
    guard end <= min(meta.highWaterMark, pagesInFile) else {
      throw damage("ends outside the file: \(overflow) overflow pages", page: id)
    }
    liveBytes += (overflow + 1) * UInt64(meta.pageSize)
    guard liveBytes <= limits.liveBytes else {
      throw BoltError(
        .tooLarge, "more than \(limits.liveBytes) bytes in use", file: source.name, page: id,
        offset: id * UInt64(meta.pageSize))
    }
    for page in id..<end {
      let word = Int(page / 64)
      let bit = UInt64(1) << (page % 64)
      if word >= reached.count {
        reached += repeatElement(0, count: word + 1 - reached.count)
      }
      guard reached[word] & bit == 0 else { throw damage("is reached twice", page: page) }
      reached[word] |= bit
    }
  }

  func damage(
    _ reason: String, page: BoltFormat.PageID, offset: Int = 0
  ) -> BoltError {
    BoltError(
      .damaged, reason, file: source.name, page: page,
      offset: page * UInt64(meta.pageSize) + UInt64(offset))
  }
}
