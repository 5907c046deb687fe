/// Both meta pages as they stand at one moment.
struct MetaPair {
  /// The valid one with the higher transaction id.
  let newest: Meta

  /// Finds the metas as bbolt does: the first page, and the second at every page size there may be
  /// when the first is destroyed.
  static func read(from source: some ByteSource) throws(BoltError) -> MetaPair {
    let length = BoltFormat.pageHeaderSize + BoltFormat.metaSize
    if let first = Meta(page: try source.read(at: 0, count: length)) {
      let second = Meta(page: try source.read(at: UInt64(first.pageSize), count: length))
      guard let second, second.pageSize == first.pageSize else { return MetaPair(newest: first) }
      return MetaPair(newest: second.transaction > first.transaction ? second : first)
    }
    var pageSize = BoltFormat.pageSizes.lowerBound
    while pageSize <= BoltFormat.pageSizes.upperBound {
      let second = Meta(page: try source.read(at: UInt64(pageSize), count: length))
      if let second, Int(second.pageSize) == pageSize { return MetaPair(newest: second) }
      pageSize *= 2
    }
    throw BoltError(.notADatabase, "no valid meta page", file: source.name, page: 0, offset: 0)
  }
}
