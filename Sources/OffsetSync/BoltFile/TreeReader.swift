/// Walks the tree of one transaction and returns what it holds, checking all that can be checked:
/// every page id, type and bound, the order of all keys, depth, and that no page is reached twice.
struct TreeReader<Source: ByteSource> {
  private typealias Bytes = BoltBucket.Bytes
  private typealias Reference = PageReader<Source>.Reference

  private var pages: PageReader<Source>
  private var entryCount = 0

  init(_ source: Source, meta: Meta, limits: ReadLimits) throws(BoltError) {
    pages = try PageReader(source, meta: meta, limits: limits)
  }

  mutating func content() throws(BoltError) -> BoltContent {
    let meta = pages.meta
    // A commit writes meta page 0 or 1 by its number; the root's id stands 32 bytes into it.
    let origin = Reference(page: meta.transaction % 2, offset: 32)
    let root = try bucket(root: meta.root, from: origin, sequence: meta.sequence, depth: 0)
    return BoltContent(
      transaction: meta.transaction, pageSize: Int(meta.pageSize), root: root)
  }

  private mutating func bucket(
    root: BoltFormat.PageID, from reference: Reference, sequence: UInt64, depth: Int
  ) throws(BoltError) -> BoltBucket {
    var bucket = BoltBucket(sequence: sequence)
    try append(
      subtree: root, from: reference, lower: nil, upper: nil, depth: depth + 1, to: &bucket.entries)
    return bucket
  }

  /// - Parameter lower: the branch's key for this child; no key of the child is smaller.
  /// - Parameter upper: the key of the next child; every key of this child is smaller.
  private mutating func append(
    subtree id: BoltFormat.PageID, from reference: Reference, lower: Bytes?, upper: Bytes?,
    depth: Int, to entries: inout [BoltBucket.Entry]
  ) throws(BoltError) {
    guard depth <= pages.limits.depth else {
      throw pages.damage(
        "leads deeper than \(pages.limits.depth) levels", page: reference.page,
        offset: reference.offset)
    }
    let page = try pages.page(id, from: reference)
    switch page.kind {
    case .leaf:
      let first = entries.count
      try append(leaf: page.bytes, of: id, at: 0, depth: depth, to: &entries)
      if let key = entries.dropFirst(first).first?.key, let lower, key.precedes(lower) {
        throw pages.damage("its first key is smaller than its branch says", page: id)
      }
      if entries.count > first, let key = entries.last?.key, let upper, !key.precedes(upper) {
        throw pages.damage("its last key belongs after the next page", page: id)
      }
    case .branch:
      let children = try children(of: page, lower: lower, upper: upper)
      for (index, child) in children.enumerated() {
        let next = index + 1 < children.count ? children[index + 1].key : upper
        try append(
          subtree: child.page, from: Reference(page: id, offset: child.offset), lower: child.key,
          upper: next, depth: depth + 1, to: &entries)
      }
    case .meta, .freelist:
      throw pages.damage("is a \(page.kind) page in the place of a branch or leaf", page: id)
    }
  }

  private func children(
    of page: PageReader<Source>.Page, lower: Bytes?, upper: Bytes?
  ) throws(BoltError) -> [(key: Bytes, page: BoltFormat.PageID, offset: Int)] {
    let id = page.header.id
    let table = ElementTable(
      page.bytes, count: Int(page.header.count), elementSize: BoltFormat.branchElementSize)
    guard table.count > 0 else { throw pages.damage("is a branch without children", page: id) }
    guard table.fits else { throw pages.damage("its \(table.count) elements do not fit", page: id) }
    var children: [(key: Bytes, page: BoltFormat.PageID, offset: Int)] = []
    children.reserveCapacity(table.count)
    var room = page.bytes.count - table.end
    for index in 0..<table.count {
      let offset = table.offset(of: index)
      let position = Int(page.bytes.integer(at: offset, as: UInt32.self)!)
      let size = Int(page.bytes.integer(at: offset + 4, as: UInt32.self)!)
      let child: UInt64 = page.bytes.integer(at: offset + 8)!
      guard let key = table.data(at: offset + position, count: size) else {
        throw pages.damage(
          "branch element \(index) points outside the page", page: id, offset: offset)
      }
      room -= size
      guard room >= 0 else { throw pages.damage("its elements overlap", page: id, offset: offset) }
      if let previous = children.last?.key, !previous.precedes(key) {
        throw pages.damage("branch key \(index) is out of order", page: id, offset: offset)
      }
      children.append((key, child, offset))
    }
    if let first = children.first?.key, let lower, first.precedes(lower) {
      throw pages.damage("its first key is smaller than its branch says", page: id)
    }
    if let last = children.last?.key, let upper, !last.precedes(upper) {
      throw pages.damage("its last key belongs after the next page", page: id)
    }
    return children
  }

  private mutating func append(
    leaf: Bytes, of id: BoltFormat.PageID, at base: Int, depth: Int,
    to entries: inout [BoltBucket.Entry]
  ) throws(BoltError) {
    guard let header = PageHeader(leaf) else {
      throw pages.damage("an inline page is cut off", page: id, offset: base)
    }
    let table = ElementTable(
      leaf, count: Int(header.count), elementSize: BoltFormat.leafElementSize)
    guard table.fits else {
      throw pages.damage("its \(table.count) elements do not fit", page: id, offset: base)
    }
    entryCount += table.count
    guard entryCount <= pages.limits.entries else {
      throw BoltError(
        .tooLarge, "more than \(pages.limits.entries) keys", file: pages.source.name, page: id,
        offset: id * UInt64(pages.meta.pageSize))
    }
    // Elements that shared their bytes would make a file written anew many times as large.
    var room = leaf.count - table.end
    for index in 0..<table.count {
      let offset = table.offset(of: index)
      let place = base + offset
      let flags: UInt32 = leaf.integer(at: offset)!
      let position = Int(leaf.integer(at: offset + 4, as: UInt32.self)!)
      let keySize = Int(leaf.integer(at: offset + 8, as: UInt32.self)!)
      let valueSize = Int(leaf.integer(at: offset + 12, as: UInt32.self)!)
      guard (1...BoltFormat.maximumKeySize).contains(keySize) else {
        throw pages.damage("key \(index) is \(keySize) bytes long", page: id, offset: place)
      }
      guard let both = table.data(at: offset + position, count: keySize + valueSize) else {
        throw pages.damage("element \(index) points outside the page", page: id, offset: place)
      }
      room -= both.count
      guard room >= 0 else { throw pages.damage("its elements overlap", page: id, offset: place) }
      let key = both.prefix(keySize)
      let value = both.dropFirst(keySize)
      if let previous = entries.last?.key, !previous.precedes(key) {
        throw pages.damage("key \(index) is out of order", page: id, offset: place)
      }
      switch flags {
      case 0: entries.append(.init(key: key, content: .value(value)))
      case BoltFormat.bucketElementFlag:
        // bbolt gives a bucket with children pages of its own, and so would a file written anew.
        guard base == 0 else {
          throw pages.damage("an inline bucket holds a bucket", page: id, offset: place)
        }
        let at = base + (value.startIndex - leaf.startIndex)
        let child = try bucket(in: value, of: id, at: at, depth: depth)
        entries.append(.init(key: key, content: .bucket(child)))
      default:
        throw pages.damage("element \(index) has unknown flags \(flags)", page: id, offset: place)
      }
    }
  }

  /// A bucket from its value: a header, and its one page right behind when it is inline.
  private mutating func bucket(
    in value: Bytes, of id: BoltFormat.PageID, at base: Int, depth: Int
  ) throws(BoltError) -> BoltBucket {
    guard let root: UInt64 = value.integer(at: 0), let sequence: UInt64 = value.integer(at: 8)
    else { throw pages.damage("a bucket's header is cut off", page: id, offset: base) }
    guard root == 0 else {
      let reference = Reference(page: id, offset: base)
      return try bucket(root: root, from: reference, sequence: sequence, depth: depth)
    }
    guard depth < pages.limits.depth else {
      throw pages.damage("lies deeper than \(pages.limits.depth) levels", page: id, offset: base)
    }
    let inline = value.dropFirst(BoltFormat.bucketHeaderSize)
    let place = base + BoltFormat.bucketHeaderSize
    guard let header = PageHeader(inline), header.flags == BoltFormat.PageKind.leaf.rawValue else {
      throw pages.damage("an inline bucket is not a leaf", page: id, offset: place)
    }
    var bucket = BoltBucket(sequence: sequence)
    try append(leaf: inline, of: id, at: place, depth: depth + 1, to: &bucket.entries)
    return bucket
  }
}

/// The element table of a branch or leaf page, and the data after it.
private struct ElementTable {
  let page: ArraySlice<UInt8>
  let count: Int
  let elementSize: Int

  init(_ page: ArraySlice<UInt8>, count: Int, elementSize: Int) {
    self.page = page
    self.count = count
    self.elementSize = elementSize
  }

  var end: Int { BoltFormat.pageHeaderSize + count * elementSize }
  var fits: Bool { end <= page.count }

  func offset(of index: Int) -> Int { BoltFormat.pageHeaderSize + index * elementSize }

  /// Nil when the bytes overlap the table or leave the page.
  func data(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
    guard offset >= end, offset <= page.count, count <= page.count - offset else { return nil }
    let start = page.startIndex + offset
    return page[start..<start + count]
  }
}

extension ArraySlice<UInt8> {
  /// The order of bbolt's keys: by bytes, a prefix first.
  fileprivate func precedes(_ other: Self) -> Bool { lexicographicallyPrecedes(other) }
}
