/// The first 16 bytes of a page.
public struct PageHeader: Hashable, Sendable {
  /// The page id recorded in the header.
  public var id: BoltFormat.PageID
  /// ``BoltFormat/PageKind`` as it stands in the file; damaged files hold other values.
  public var flags: UInt16
  /// Elements in a branch or leaf page.
  public var count: UInt16
  /// Pages after this one that belong to it.
  public var overflow: UInt32

  /// The header of a page of this kind.
  public init(id: BoltFormat.PageID, kind: BoltFormat.PageKind, count: UInt16, overflow: UInt32) {
    self.id = id
    self.flags = kind.rawValue
    self.count = count
    self.overflow = overflow
  }

  /// Nil when fewer than 16 bytes are given.
  public init?(_ bytes: ArraySlice<UInt8>) {
    guard let id: UInt64 = bytes.integer(at: 0), let flags: UInt16 = bytes.integer(at: 8),
      let count: UInt16 = bytes.integer(at: 10), let overflow: UInt32 = bytes.integer(at: 12)
    else { return nil }
    self.id = id
    self.flags = flags
    self.count = count
    self.overflow = overflow
  }

  /// The 16 bytes as they stand in a file.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(BoltFormat.pageHeaderSize)
    out.append(littleEndian: id)
    out.append(littleEndian: flags)
    out.append(littleEndian: count)
    out.append(littleEndian: overflow)
    return out
  }
}
