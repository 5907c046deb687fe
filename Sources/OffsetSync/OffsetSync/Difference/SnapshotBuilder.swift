internal import BoltFile
internal import FilelogCheckpoint

/// Puts a snapshot together from its items, in any order.
struct SnapshotBuilder {
  /// A file's name and keys: what a database may nest, see ``BoltFile/ReadLimits``.
  static let longestPath = 64

  private final class Bucket {
    var sequence: UInt64?
    var children: [ArraySlice<UInt8>: Node] = [:]
  }

  private final class List {
    var head: ArraySlice<UInt8>?
    var entries: [Entry] = []
    var size = 0
  }

  private struct Entry {
    let bytes: ArraySlice<UInt8>
    /// Nil: as they stand in the bytes.
    var numbers: [UInt64]?
  }

  private enum Node {
    case bucket(Bucket)
    case list(List)
    case value(ArraySlice<UInt8>)
  }

  private final class File {
    var numbers: [UInt64]?
    var plain: ArraySlice<UInt8>?
    let root = Bucket()
  }

  private let form: EntryNumbers.Form
  private var files: [ArraySlice<UInt8>: File] = [:]
  /// Of the item before, since entries come one after the other.
  private var last: (path: [ArraySlice<UInt8>], list: List)?

  /// - Parameter form: which parts of entries are numbers.
  init(_ form: EntryNumbers.Form = .current) { self.form = form }

  /// Adds an item of the base.
  /// - Parameter numbers: in place of its own.
  mutating func add(
    _ item: SnapshotItem, _ items: borrowing SnapshotItems, numbers: ArraySlice<UInt64>?
  ) throws(DifferenceError) {
    if item.kind == .entry {
      try add(Entry(bytes: item.bytes, numbers: numbers.map { Array($0) }), at: item.path)
    } else {
      try add(item, numbers: numbers.map { Array($0) } ?? items.numbers)
    }
  }

  /// Adds an item; entries have the numbers that stand in their bytes.
  mutating func add(_ item: SnapshotItem, numbers: [UInt64]) throws(DifferenceError) {
    switch item.kind {
    case .database, .plain:
      guard item.path.count == 1 else { throw Self.misplaced }
      let file = file(item.path[0])
      guard file.numbers == nil, file.plain == nil else { throw Self.twice }
      if item.kind == .plain { file.plain = item.bytes } else { file.numbers = numbers }
    case .bucket:
      let bucket = try bucket(item.path[...])
      guard bucket.sequence == nil, numbers.count == 1 else { throw Self.twice }
      bucket.sequence = numbers[0]
    case .value:
      let (parent, key) = try place(item.path)
      guard parent.children.updateValue(.value(item.bytes), forKey: key) == nil else {
        throw Self.twice
      }
    case .list:
      let list = try list(item.path)
      guard list.head == nil else { throw Self.twice }
      list.head = item.bytes
      list.size += item.bytes.count
    case .entry: try add(Entry(bytes: item.bytes), at: item.path)
    }
  }

  private mutating func add(
    _ entry: Entry, at path: [ArraySlice<UInt8>]
  ) throws(DifferenceError) {
    let list = try list(path)
    list.entries.append(entry)
    list.size += entry.bytes.count + 16
  }

  private static let misplaced = DifferenceError(.format, "it holds an item at an impossible place")
  private static let twice = DifferenceError(.format, "it holds an item twice")
  private static let incomplete = DifferenceError(.format, "it lacks what an item belongs to")

  private mutating func file(_ name: ArraySlice<UInt8>) -> File {
    if let file = files[name] { return file }
    let file = File()
    files[name] = file
    return file
  }

  private mutating func bucket(
    _ path: ArraySlice<ArraySlice<UInt8>>
  ) throws(DifferenceError) -> Bucket {
    guard let name = path.first, path.count <= Self.longestPath else { throw Self.misplaced }
    var bucket = file(name).root
    for key in path.dropFirst() {
      switch bucket.children[key] {
      case .bucket(let child)?: bucket = child
      case nil:
        let child = Bucket()
        bucket.children[key] = .bucket(child)
        bucket = child
      case .list?, .value?: throw Self.twice
      }
    }
    return bucket
  }

  private mutating func place(
    _ path: [ArraySlice<UInt8>]
  ) throws(DifferenceError) -> (parent: Bucket, key: ArraySlice<UInt8>) {
    guard path.count >= 2, let key = path.last else { throw Self.misplaced }
    return (try bucket(path.dropLast()), key)
  }

  private mutating func list(_ path: [ArraySlice<UInt8>]) throws(DifferenceError) -> List {
    if let last, last.path == path { return last.list }
    let (parent, key) = try place(path)
    let list: List
    switch parent.children[key] {
    case .list(let known)?: list = known
    case nil:
      list = List()
      parent.children[key] = .list(list)
    case .bucket?, .value?: throw Self.twice
    }
    last = (path, list)
    return list
  }

  // MARK: The end

  consuming func finish() throws(DifferenceError) -> Snapshot {
    var snapshot = Snapshot()
    for (bytes, file) in files {
      guard let name = String(validating: bytes, as: UTF8.self), FileName.isPlain(name),
        !FileName.isTemporary(name)
      else { throw DifferenceError(.format, "it holds a name that no file may have") }
      snapshot.files[name] = try self.file(file, name)
    }
    return snapshot
  }

  private func file(_ file: File, _ name: String) throws(DifferenceError) -> Snapshot.File {
    if let plain = file.plain {
      guard file.root.sequence == nil, file.root.children.isEmpty, !FileName.isDatabase(name) else {
        throw Self.twice
      }
      return .plain(Array(plain))
    }
    guard let numbers = file.numbers, numbers.count == 3 else { throw Self.incomplete }
    guard numbers[2].nonzeroBitCount == 1, numbers[2] <= UInt64(BoltFormat.pageSizes.upperBound),
      BoltFormat.pageSizes.contains(Int(numbers[2]))
    else { throw DifferenceError(.format, "it holds an impossible page size") }
    var content = BoltContent(
      transaction: numbers[0], pageSize: Int(numbers[2]), root: try assembled(file.root))
    content.writtenAt = SnapshotItems.time(milliseconds: numbers[1])
    return .database(content)
  }

  private func assembled(_ bucket: Bucket) throws(DifferenceError) -> BoltBucket {
    guard let sequence = bucket.sequence else { throw Self.incomplete }
    var entries: [BoltBucket.Entry] = []
    entries.reserveCapacity(bucket.children.count)
    for (key, node) in bucket.children.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      guard (1...BoltFormat.maximumKeySize).contains(key.count) else { throw Self.misplaced }
      switch node {
      case .bucket(let child):
        entries.append(.init(key: key, content: .bucket(try assembled(child))))
      case .value(let value): entries.append(.init(key: key, content: .value(value)))
      case .list(let list): entries.append(.init(key: key, content: .value(try value(list))))
      }
    }
    return BoltBucket(sequence: sequence, entries: entries)
  }

  private func value(_ list: List) throws(DifferenceError) -> ArraySlice<UInt8> {
    guard let head = list.head else { throw Self.incomplete }
    let encoding: Checkpoint.Encoding = head.isEmpty ? .protobuf : .json
    var value: [UInt8] = []
    value.reserveCapacity(list.size)
    value += head
    var form = EntryNumbers(form)
    for entry in list.entries {
      guard let numbers = entry.numbers else {
        value += entry.bytes
        continue
      }
      form.take(apart: entry.bytes, encoding)
      form.append(entry.bytes, with: numbers[...], to: &value)
    }
    return value[...]
  }
}
