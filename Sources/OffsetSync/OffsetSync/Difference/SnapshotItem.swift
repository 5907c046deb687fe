internal import BoltFile
internal import FilelogCheckpoint

/// A small part of a snapshot. All items together are the snapshot, in whatever order: each tells where
/// it belongs.
struct SnapshotItem {
  enum Kind: UInt8 {
    /// A database; its numbers: transaction, time of the last write in milliseconds, page size.
    case database
    /// A file that is not a database.
    case plain
    /// A bucket; its number: the sequence.
    case bucket
    case value
    /// A receiver's value without its entries.
    case list
    /// An entry of the list of the same path.
    case entry

    /// How many numbers items of this kind have; nil where the bytes tell.
    var numberCount: Int? {
      switch self {
      case .database: 3
      case .bucket: 1
      case .plain, .value, .list: 0
      case .entry: nil
      }
    }
  }

  let kind: Kind
  /// The file's name, then keys.
  let path: [ArraySlice<UInt8>]
  let bytes: ArraySlice<UInt8>
}

/// Visits the items of a snapshot in a fixed order, in which what holds others comes before them.
struct SnapshotItems {
  /// More log files than one node has; each item takes memory in base, state and their comparison, of
  /// which a container has 32 MiB. What has more has no differences.
  static let most = 1 << 14

  struct TooMany: Error {}

  /// Of the item that is visited.
  private(set) var numbers: [UInt64] = []
  private(set) var entry: EntryNumbers
  private(set) var count = 0
  /// Of the kind and the path, so that paths are not hashed for each entry.
  private var place: Int = 0

  private init(_ form: EntryNumbers.Form) { entry = EntryNumbers(form) }

  /// Visits all; what it is handed is read from the visitor's argument of this type.
  static func forEach(
    in snapshot: Snapshot, _ form: EntryNumbers.Form = .current,
    _ visit: (SnapshotItem, borrowing SnapshotItems) throws(TooMany) -> Void
  ) throws(TooMany) {
    var items = SnapshotItems(form)
    for name in snapshot.names {
      let path = [Array(name.utf8)[...]]
      switch snapshot.files[name]! {
      case .plain(let bytes): try items.visit(.plain, path, bytes[...], [], visit)
      case .database(let content):
        try items.visit(
          .database, path, [],
          [content.transaction, milliseconds(content.writtenAt), UInt64(content.pageSize)], visit)
        try items.visit(content.root, path, visit)
      }
    }
  }

  private mutating func visit(
    _ bucket: BoltBucket, _ path: [ArraySlice<UInt8>],
    _ body: (SnapshotItem, borrowing SnapshotItems) throws(TooMany) -> Void
  ) throws(TooMany) {
    try visit(.bucket, path, [], [bucket.sequence], body)
    for entry in bucket.entries {
      let path = path + [entry.key]
      switch entry.content {
      case .bucket(let child): try visit(child, path, body)
      case .value(let value):
        guard Checkpoint.isCheckpointKey(Array(entry.key)), let parts = ValueParts(of: value),
          parts.others.isEmpty
        else {
          try visit(.value, path, value, [], body)
          continue
        }
        try visit(.list, path, value[parts.head], [], body)
        for range in parts.entries {
          self.entry.take(apart: value[range], parts.encoding)
          try visit(.entry, path, value[range], self.entry.numbers, body)
        }
      }
    }
  }

  private mutating func visit(
    _ kind: SnapshotItem.Kind, _ path: [ArraySlice<UInt8>], _ bytes: ArraySlice<UInt8>,
    _ numbers: [UInt64],
    _ body: (SnapshotItem, borrowing SnapshotItems) throws(TooMany) -> Void
  ) throws(TooMany) {
    guard count < Self.most else { throw TooMany() }
    if kind != .entry {
      var hasher = Hasher()
      hasher.combine(path)
      place = hasher.finalize()
    }
    self.numbers = numbers
    try body(SnapshotItem(kind: kind, path: path, bytes: bytes), self)
    count += 1
  }

  /// Of everything about an item but its numbers. Differs from run to run of the program: nothing that
  /// is written down depends on it, and no log line can be made up to collide.
  func hash(_ item: SnapshotItem) -> Int {
    var hasher = Hasher()
    hasher.combine(place)
    hasher.combine(item.kind)
    hasher.combine(numbers.count)
    forEachPiece(of: item) { piece in
      hasher.combine(piece.count)
      piece.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
    return hasher.finalize()
  }

  /// Hands over what an item is besides its numbers.
  func forEachPiece(of item: SnapshotItem, _ body: (ArraySlice<UInt8>) -> Void) {
    if item.kind == .entry { entry.forEachPiece(of: item.bytes, body) } else { body(item.bytes) }
  }

  /// As payloads keep times: to the millisecond, and 0 where none is known.
  static func milliseconds(_ time: Duration?) -> UInt64 {
    guard let (seconds, attoseconds) = time?.components, (1..<1 << 33).contains(seconds) else {
      return 0
    }
    return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
  }

  static func time(milliseconds: UInt64) -> Duration? {
    milliseconds == 0 || milliseconds >= 1000 << 33
      ? nil : .milliseconds(Int64(milliseconds))
  }
}
