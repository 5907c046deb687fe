/// What one transaction of a database holds: everything but where it lies.
public struct BoltContent: Hashable, Sendable {
  public var transaction: BoltFormat.TransactionID
  /// The page size of the file it was read from, kept when it is written anew.
  public var pageSize: Int
  public var root: BoltBucket

  public init(transaction: BoltFormat.TransactionID, pageSize: Int, root: BoltBucket) {
    self.transaction = transaction
    self.pageSize = pageSize
    self.root = root
  }
}

/// A bucket: key-value pairs and buckets, in the order of their keys' bytes.
///
/// Keys and values are slices of the pages they were read from; nothing is copied.
public struct BoltBucket: Hashable, Sendable {
  public typealias Bytes = ArraySlice<UInt8>

  public struct Entry: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
      case value(Bytes)
      case bucket(BoltBucket)
    }

    public let key: Bytes
    public let content: Content

    public init(key: Bytes, content: Content) {
      self.key = key
      self.content = content
    }
  }

  public var sequence: UInt64
  public var entries: [Entry]

  public init(sequence: UInt64 = 0, entries: [Entry] = []) {
    self.sequence = sequence
    self.entries = entries
  }

  /// The entry under a key, or nil.
  public subscript(key: some Collection<UInt8>) -> Entry.Content? {
    entries.first { $0.key.elementsEqual(key) }?.content
  }
}
