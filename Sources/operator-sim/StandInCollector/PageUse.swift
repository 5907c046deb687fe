internal import BoltFile

/// Finds the pages that a transaction lies in: its tree, as bbolt does when it opens a database
/// without a stored free list (`db.go`, `freepages`), and the free list where one is stored.
///
/// The tree is known to be sound: ``BoltDatabase`` has read it.
struct PageUse<Source: ByteSource> {
  private let source: Source
  private let pageSize: Int
  private(set) var pages: [Range<BoltFormat.PageID>] = []

  init(_ source: Source, meta: Meta) throws {
    self.source = source
    pageSize = Int(meta.pageSize)
    try visit(meta.root)
    if meta.freelist != BoltFormat.noFreelist { _ = try take(meta.freelist) }
  }

  private mutating func take(_ id: BoltFormat.PageID) throws -> PageHeader {
    let bytes = try source.read(at: id * UInt64(pageSize), count: BoltFormat.pageHeaderSize)
    guard let header = PageHeader(bytes) else { throw Self.unsound(source.name) }
    pages.append(id..<(id + UInt64(header.overflow) + 1))
    return header
  }

  private mutating func visit(_ id: BoltFormat.PageID) throws {
    let header = try take(id)
    let bytes = Array(
      try source.read(at: id * UInt64(pageSize), count: pageSize * (Int(header.overflow) + 1)))
    for index in 0..<Int(header.count) {
      let element = BoltFormat.pageHeaderSize + index * BoltFormat.leafElementSize
      switch BoltFormat.PageKind(rawValue: header.flags) {
      case .branch: try visit(try integer(bytes, element + 8))
      case .leaf:
        if let root = try bucketRoot(bytes, element) { try visit(root) }
      default: throw Self.unsound(source.name)
      }
    }
  }

  /// The root page of the bucket that a leaf element holds; nil for a value or an inline bucket.
  private func bucketRoot(_ bytes: [UInt8], _ element: Int) throws -> BoltFormat.PageID? {
    let flags: UInt32 = try integer(bytes, element)
    guard flags & BoltFormat.bucketElementFlag != 0 else { return nil }
    let position: UInt32 = try integer(bytes, element + 4)
    let keySize: UInt32 = try integer(bytes, element + 8)
    let root: UInt64 = try integer(bytes, element + Int(position) + Int(keySize))
    return root == 0 ? nil : root
  }

  private func integer<T: FixedWidthInteger>(_ bytes: [UInt8], _ offset: Int) throws -> T {
    guard offset + MemoryLayout<T>.size <= bytes.count else { throw Self.unsound(source.name) }
    return bytes.withUnsafeBytes {
      T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }

  private static func unsound(_ name: String) -> BoltWriterError {
    BoltWriterError(.unsound, description: "\(name): the pages in use cannot be found")
  }
}
