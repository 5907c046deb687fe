/// bbolt's on-disk format, as far as a reader and a writer of whole files need it.
///
/// Source of every number: go.etcd.io/bbolt v1.5.0, `internal/common` (`page.go`, `meta.go`,
/// `bucket.go`). bbolt writes in the byte order of its machine; the machines that collectors run
/// on are little-endian, and so is everything here.
public enum BoltFormat {
  /// Identifies a page: its offset in the file divided by the page size.
  public typealias PageID = UInt64

  /// Numbers the transactions of one database; each commit adds one.
  public typealias TransactionID = UInt64

  /// The first number of a meta page's content.
  public static let magic: UInt32 = 0xED0C_DAED
  /// The format's version, the only one there has been.
  public static let version: UInt32 = 2

  /// What stands in a meta page in place of the free list's page when the list is not stored.
  public static let noFreelist: PageID = .max

  /// A page begins with: id (8 bytes), flags (2), count of elements (2), overflow pages (4).
  public static let pageHeaderSize = 16

  /// One element of a branch page: position (4), key size (4), child page (8).
  public static let branchElementSize = 16

  /// One element of a leaf page: flags (4), position (4), key size (4), value size (4).
  public static let leafElementSize = 16

  /// A bucket's value begins with: root page (8), sequence (8). Root page 0: the bucket is inline,
  /// its one leaf page follows in the same value.
  public static let bucketHeaderSize = 16

  /// Magic, version, page size, flags (4 bytes each), root bucket (16), free list page, high water
  /// mark, transaction id, checksum (8 each).
  public static let metaSize = 64

  /// The sizes that this reader accepts, powers of two; bbolt takes the machine's page size by
  /// default.
  public static let pageSizes: ClosedRange<Int> = 1024...65536

  /// The largest key that bbolt stores.
  public static let maximumKeySize = 32768

  /// The flags of a page's header.
  public enum PageKind: UInt16, Sendable {
    /// Keys that lead to other pages.
    case branch = 0x01
    /// Keys with their values and buckets.
    case leaf = 0x02
    /// See ``Meta``.
    case meta = 0x04
    /// The pages that may be written to; not needed for reading.
    case freelist = 0x10
  }

  /// The flag of a leaf element whose value is a bucket.
  public static let bucketElementFlag: UInt32 = 0x01
}
