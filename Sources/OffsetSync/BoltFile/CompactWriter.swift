extension BoltContent {
  /// A database file with this content and nothing else: no free pages, no free list, pages in one
  /// fixed order. Equal content, transaction and page size give equal bytes.
  ///
  /// bbolt opens it like any other and rebuilds the free list by scanning, as it does for every
  /// database of the collector (`NoFreelistSync`).
  public func compactFile() -> [UInt8] {
    var writer = CompactWriter(pageSize: pageSize)
    return writer.file(self)
  }
}

/// Writes a tree from its leaves up, each page once, into one buffer.
private struct CompactWriter {
  private let pageSize: Int
  private var file: [UInt8]

  init(pageSize: Int) {
    self.pageSize = pageSize
    file = [UInt8](repeating: 0, count: 2 * pageSize)
  }

  mutating func file(_ content: BoltContent) -> [UInt8] {
    let root = write(bucket: content.root)
    // Both metas point at the tree, so either may be lost. The next commit overwrites the older.
    let newest = content.transaction
    let older = newest == 0 ? 0 : newest - 1
    for (transaction, page) in [(newest, newest % 2), (older, 1 - newest % 2)] {
      let meta = Meta(
        pageSize: UInt32(pageSize), root: root, sequence: content.root.sequence,
        highWaterMark: nextPage, transaction: transaction)
      let start = Int(page) * pageSize
      file.replaceSubrange(start..<start + pageSize, with: meta.page(id: page))
    }
    return file
  }

  private var nextPage: BoltFormat.PageID { UInt64(file.count / pageSize) }

  /// Writes a bucket's pages and returns its root page.
  private mutating func write(bucket: BoltBucket) -> BoltFormat.PageID {
    let elements = bucket.entries.map { leafElement($0) }
    var level = writePages(
      elements, kind: .leaf, atLeast: 1, elementSize: BoltFormat.leafElementSize)
    while level.count > 1 {
      level = writePages(
        level, kind: .branch, atLeast: 2, elementSize: BoltFormat.branchElementSize)
    }
    return level[0].child
  }

  /// What a page is made of: a leaf's key and value, or a branch's key and child.
  private struct Element {
    var key: ArraySlice<UInt8>
    var value: ArraySlice<UInt8> = []
    var flags: UInt32 = 0
    var child: BoltFormat.PageID = 0
  }

  private mutating func leafElement(_ entry: BoltBucket.Entry) -> Element {
    switch entry.content {
    case .value(let value):
      return Element(key: entry.key, value: value)
    case .bucket(let bucket):
      let value = inlineValue(bucket) ?? bucketHeader(root: write(bucket: bucket), bucket)
      return Element(key: entry.key, value: value[...], flags: BoltFormat.bucketElementFlag)
    }
  }

  private func bucketHeader(root: BoltFormat.PageID, _ bucket: BoltBucket) -> [UInt8] {
    var header: [UInt8] = []
    header.append(littleEndian: root)
    header.append(littleEndian: bucket.sequence)
    return header
  }

  /// A small bucket without children lies in its parent's page, by bbolt's own rule: at most a
  /// quarter of a page (`bucket.go`, `inlineable`).
  private func inlineValue(_ bucket: BoltBucket) -> [UInt8]? {
    var size = BoltFormat.pageHeaderSize
    var elements: [Element] = []
    for entry in bucket.entries {
      guard case .value(let value) = entry.content else { return nil }
      size += BoltFormat.leafElementSize + entry.key.count + value.count
      guard size <= pageSize / 4 else { return nil }
      elements.append(Element(key: entry.key, value: value))
    }
    var bytes = bucketHeader(root: 0, bucket)
    Self.append(elements[...], kind: .leaf, id: 0, overflow: 0, to: &bytes)
    return bytes
  }

  /// Distributes elements over as few pages as hold them in order, and returns one element a page:
  /// its first key and its id.
  private mutating func writePages(
    _ elements: [Element], kind: BoltFormat.PageKind, atLeast minimum: Int, elementSize: Int
  ) -> [Element] {
    var written: [Element] = []
    var start = 0
    repeat {
      var end = start
      var size = BoltFormat.pageHeaderSize
      while end < elements.count {
        let next = elementSize + elements[end].key.count + elements[end].value.count
        if size + next > pageSize, end - start >= minimum { break }
        size += next
        end += 1
      }
      let id = nextPage
      let pages = (size + pageSize - 1) / pageSize
      let first = file.count
      file.reserveCapacity(first + pages * pageSize)
      Self.append(
        elements[start..<end], kind: kind, id: id, overflow: UInt32(pages - 1), to: &file)
      file += [UInt8](repeating: 0, count: first + pages * pageSize - file.count)
      written.append(Element(key: start < elements.count ? elements[start].key : [], child: id))
      start = end
    } while start < elements.count
    return written
  }

  private static func append(
    _ elements: ArraySlice<Element>, kind: BoltFormat.PageKind, id: BoltFormat.PageID,
    overflow: UInt32, to out: inout [UInt8]
  ) {
    // bbolt's writer never puts more than 65,535 elements into a page; elements of at least 17
    // bytes cannot reach that in 64 KiB.
    let header = PageHeader(
      id: id, kind: kind, count: UInt16(elements.count), overflow: overflow)
    out += header.bytes
    // Positions count from each element's own beginning.
    var data = elements.count * BoltFormat.leafElementSize
    for element in elements {
      if kind == .branch {
        out.append(littleEndian: UInt32(data))
        out.append(littleEndian: UInt32(element.key.count))
        out.append(littleEndian: element.child)
      } else {
        out.append(littleEndian: element.flags)
        out.append(littleEndian: UInt32(data))
        out.append(littleEndian: UInt32(element.key.count))
        out.append(littleEndian: UInt32(element.value.count))
      }
      data += element.key.count + element.value.count - BoltFormat.leafElementSize
    }
    for element in elements {
      out += element.key
      out += element.value
    }
  }
}
