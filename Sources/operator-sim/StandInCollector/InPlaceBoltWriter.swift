public import BoltFile

/// Writes a bbolt database in place, the way the collector's `file_storage` extension does: the lock
/// held from open to close, copy-on-write pages, alternating meta pages, no free list stored, no
/// fsync.
///
/// What a reader meets in a file while this writes it, it also meets in a collector's.
public final class InPlaceBoltWriter {
  /// One write to the file, told of just before it happens.
  public enum Write: Hashable, Sendable {
    /// Part of the tree of the transaction that is being committed.
    case page(BoltFormat.PageID)
    /// The meta page that puts the transaction in force.
    case meta(BoltFormat.TransactionID)
  }

  /// Called before each write. It may wait, as a process stalls, or throw, as a process dies: what
  /// was written stays, the rest of the commit does not happen, and the writer is of no more use.
  public var beforeWrite: (Write) throws -> Void = { _ in }

  /// The number of the transaction in force.
  public var transaction: BoltFormat.TransactionID { meta.transaction }
  /// What the transaction in force holds.
  public private(set) var root: BoltBucket

  private let file: DatabaseFile
  private var meta: Meta
  private var allocator: PageAllocator
  private var pagesInUse: [Range<BoltFormat.PageID>]
  private var fileSize: Int

  /// Opens a database, or creates one when there is no file or an empty one.
  ///
  /// - Parameters:
  ///   - path: the database.
  ///   - pageSize: of a new database; an existing one keeps its own.
  ///   - lockTimeout: how long to wait for another process to release the lock.
  /// - Throws: ``BoltWriterError`` when the file is locked or is not a sound database.
  public init(
    path: String, pageSize: Int = 4096, lockTimeout: Duration = .seconds(1)
  ) throws {
    file = try DatabaseFile(path: path, lockTimeout: lockTimeout)
    fileSize = try file.size()
    if fileSize == 0 {
      try Self.initialize(file, pageSize: pageSize)
      fileSize = 4 * pageSize
    }
    let source = try FileSource(path: path)
    let content = try BoltDatabase.read(source)
    root = content.root
    let metaPage = content.transaction % 2
    let bytes = try source.read(
      at: metaPage * UInt64(content.pageSize),
      count: BoltFormat.pageHeaderSize + BoltFormat.metaSize)
    guard let meta = Meta(page: bytes[...]), meta.transaction == content.transaction else {
      throw BoltWriterError(
        .unsound, description: "\(path): its meta pages are in each other's place")
    }
    self.meta = meta
    pagesInUse = try PageUse(source, meta: meta).pages
    allocator = PageAllocator(highWaterMark: meta.highWaterMark, inUse: pagesInUse)
  }

  /// What bbolt writes into a new file: two metas, an empty free list, an empty leaf.
  private static func initialize(
    _ file: borrowing DatabaseFile, pageSize: Int
  ) throws(BoltWriterError) {
    var bytes: [UInt8] = []
    for transaction: BoltFormat.TransactionID in 0..<2 {
      let meta = Meta(
        pageSize: UInt32(pageSize), root: 3, freelist: 2, highWaterMark: 4,
        transaction: transaction)
      bytes += meta.page(id: transaction)
    }
    let empty: [(BoltFormat.PageID, BoltFormat.PageKind)] = [(2, .freelist), (3, .leaf)]
    for (id, kind) in empty {
      let header = PageHeader(id: id, kind: kind, count: 0, overflow: 0).bytes
      bytes += header + [UInt8](repeating: 0, count: pageSize - header.count)
    }
    try file.write(bytes[...], at: 0)
  }

  /// Commits a transaction with a new content. The pages of the tree are written one by one, then
  /// the meta page; nothing that the transaction in force needs is written over.
  /// - Throws: ``BoltWriterError``, or what ``beforeWrite`` threw.
  public func commit(_ root: BoltBucket) throws {
    var allocator = allocator
    allocator.begin()
    let layout = TreeLayout(root, pageSize: Int(meta.pageSize), allocator: allocator)
    allocator = layout.allocator
    allocator.replace(pagesInUse)
    if allocator.highWaterMark > meta.highWaterMark {
      try growToMap(pages: Int(allocator.highWaterMark) + 1)
    }
    for page in layout.pages.sorted(by: { $0.id < $1.id }) {
      try write(page)
    }
    try writeMeta(root: layout.root, highWaterMark: allocator.highWaterMark)
    self.root = root
    self.allocator = allocator
    pagesInUse = layout.pagesInUse
  }

  /// Commits a transaction that changes nothing, which moves only the transaction number. The
  /// extension does so for every value that is read.
  public func commitUnchanged() throws {
    allocator.begin()
    try writeMeta(root: meta.root, highWaterMark: meta.highWaterMark)
  }

  /// Page by page, so that a reader may meet any part of it: also the kernel copies no more than a
  /// page of a write at once.
  private func write(_ page: TreeLayout.Page) throws {
    let pageSize = Int(meta.pageSize)
    for index in 0..<(page.bytes.count / pageSize) {
      let id = page.id + UInt64(index)
      try beforeWrite(.page(id))
      try file.write(
        page.bytes[index * pageSize..<(index + 1) * pageSize], at: Int(id) * pageSize)
    }
  }

  private func writeMeta(
    root: BoltFormat.PageID, highWaterMark: BoltFormat.PageID
  ) throws {
    var next = meta
    next.transaction += 1
    next.root = root
    next.highWaterMark = highWaterMark
    next.freelist = BoltFormat.noFreelist
    try beforeWrite(.meta(next.transaction))
    let id = next.transaction % 2
    try file.write(next.page(id: id)[...], at: Int(id) * Int(meta.pageSize))
    meta = next
  }

  /// Grows the file to the size of the memory map that bbolt would make of it: the next power of two
  /// from 32 KiB on (`db.go`, `mmapSize` and `grow`).
  private func growToMap(pages: Int) throws {
    let wanted = max(fileSize, pages * Int(meta.pageSize))
    guard wanted > fileSize else { return }
    var size = 32 << 10
    while size < wanted { size *= 2 }
    try file.grow(to: size)
    fileSize = size
  }
}
