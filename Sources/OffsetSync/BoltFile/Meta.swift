/// What a meta page says: where the tree of its transaction begins.
///
/// A database has two, in its first two pages; a commit overwrites the older one last, so the valid
/// one with the higher transaction id is in force.
public struct Meta: Hashable, Sendable {
  /// In bytes; one of ``BoltFormat/pageSizes``.
  public var pageSize: UInt32
  /// The page that the root bucket's tree begins with.
  public var root: BoltFormat.PageID
  /// The root bucket's sequence.
  public var sequence: UInt64
  /// The free list's page, or ``BoltFormat/noFreelist``.
  public var freelist: BoltFormat.PageID
  /// The first page that no transaction has used yet.
  public var highWaterMark: BoltFormat.PageID
  /// The transaction that wrote it.
  public var transaction: BoltFormat.TransactionID

  /// A meta page's content with these parts.
  public init(
    pageSize: UInt32, root: BoltFormat.PageID, sequence: UInt64 = 0,
    freelist: BoltFormat.PageID = BoltFormat.noFreelist, highWaterMark: BoltFormat.PageID,
    transaction: BoltFormat.TransactionID
  ) {
    self.pageSize = pageSize
    self.root = root
    self.sequence = sequence
    self.freelist = freelist
    self.highWaterMark = highWaterMark
    self.transaction = transaction
  }

  /// Decodes the bytes of one meta page (with its page header); nil unless magic, version, page
  /// size and checksum are right.
  public init?(page: ArraySlice<UInt8>) {
    let start = page.startIndex + BoltFormat.pageHeaderSize
    guard page.count >= BoltFormat.pageHeaderSize + BoltFormat.metaSize else { return nil }
    let meta = page[start..<start + BoltFormat.metaSize]
    guard meta.integer(at: 0) == BoltFormat.magic, meta.integer(at: 4) == BoltFormat.version,
      meta.integer(at: 56) == Self.checksum(meta.prefix(56)),
      let pageSize: UInt32 = meta.integer(at: 8), let root: UInt64 = meta.integer(at: 16),
      let sequence: UInt64 = meta.integer(at: 24), let freelist: UInt64 = meta.integer(at: 32),
      let highWaterMark: UInt64 = meta.integer(at: 40),
      let transaction: UInt64 = meta.integer(at: 48)
    else { return nil }
    guard BoltFormat.pageSizes.contains(Int(pageSize)), pageSize.nonzeroBitCount == 1 else {
      return nil
    }
    self.init(
      pageSize: pageSize, root: root, sequence: sequence, freelist: freelist,
      highWaterMark: highWaterMark, transaction: transaction)
  }

  /// The page as it stands in the file: header, meta, zeros up to the page size.
  public func page(id: BoltFormat.PageID) -> [UInt8] {
    var out = PageHeader(id: id, kind: .meta, count: 0, overflow: 0).bytes
    out.reserveCapacity(Int(pageSize))
    out.append(littleEndian: BoltFormat.magic)
    out.append(littleEndian: BoltFormat.version)
    out.append(littleEndian: pageSize)
    out.append(littleEndian: UInt32(0))
    for field in [root, sequence, freelist, highWaterMark, transaction] {
      out.append(littleEndian: field)
    }
    out.append(littleEndian: Self.checksum(out[BoltFormat.pageHeaderSize...]))
    out += [UInt8](repeating: 0, count: Int(pageSize) - out.count)
    return out
  }

  /// FNV-1a, 64 bits.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
