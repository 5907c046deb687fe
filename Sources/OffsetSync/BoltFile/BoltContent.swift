internal import Glibc

/// What one transaction of a database holds: everything but where it lies. Equal content is equal
/// whenever it was written.
public struct BoltContent: Hashable, Sendable {
  /// The transaction that is in force.
  public var transaction: BoltFormat.TransactionID
  /// The page size of the file it was read from, kept when it is written anew.
  public var pageSize: Int
  /// The bucket that holds all others; bbolt keeps no values in it.
  public var root: BoltBucket
  /// When the file was last written at the latest, since 1970: this transaction was in force by then
  /// or came later. Nil where that is not known.
  public var writtenAt: Duration?

  /// Content with these parts; nothing is checked.
  public init(transaction: BoltFormat.TransactionID, pageSize: Int, root: BoltBucket) {
    self.transaction = transaction
    self.pageSize = pageSize
    self.root = root
  }

  public static func == (one: Self, other: Self) -> Bool {
    one.transaction == other.transaction && one.pageSize == other.pageSize
      && one.root == other.root
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(transaction)
    hasher.combine(pageSize)
    hasher.combine(root)
  }
}

/// A bucket: key-value pairs and buckets, in the order of their keys' bytes.
///
/// Keys and values are slices of the pages they were read from; nothing is copied.
public struct BoltBucket: Hashable, Sendable {
  /// A part of a page, or bytes of its own.
  public typealias Bytes = ArraySlice<UInt8>

  /// What stands under one key.
  public struct Entry: Hashable, Sendable {
    /// A value, or a bucket within the bucket.
    public enum Content: Hashable, Sendable {
      /// A value; may be empty.
      case value(Bytes)
      /// A bucket of this name.
      case bucket(BoltBucket)
    }

    /// Up to ``BoltFormat/maximumKeySize`` bytes.
    public let key: Bytes
    /// What the key leads to.
    public let content: Content

    /// An entry with these parts.
    public init(key: Bytes, content: Content) {
      self.key = key
      self.content = content
    }

    public static func == (one: Self, other: Self) -> Bool {
      guard isSame(one.key, other.key) else { return false }
      switch (one.content, other.content) {
      case (.value(let one), .value(let other)): return isSame(one, other)
      case (.bucket(let one), .bucket(let other)): return one == other
      default: return false
      }
    }

    private static func isSame(_ one: Bytes, _ other: Bytes) -> Bool {
      guard one.count == other.count else { return false }
      return one.withUnsafeBytes { one in
        other.withUnsafeBytes { other in
          one.isEmpty || memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0
        }
      }
    }
  }

  /// The number that bbolt's `NextSequence` counts for this bucket.
  public var sequence: UInt64
  /// In ascending order of their keys' bytes, each key once.
  public var entries: [Entry]

  /// A bucket of these entries, which must be in order already.
  public init(sequence: UInt64 = 0, entries: [Entry] = []) {
    self.sequence = sequence
    self.entries = entries
  }

  /// How many entries there are, those of the buckets in it included.
  public var entryCount: Int {
    entries.reduce(entries.count) { count, entry in
      if case .bucket(let bucket) = entry.content { count + bucket.entryCount } else { count }
    }
  }

  /// The entry under a key, or nil.
  public subscript(key: some Collection<UInt8>) -> Entry.Content? {
    entries.first { $0.key.elementsEqual(key) }?.content
  }
}
