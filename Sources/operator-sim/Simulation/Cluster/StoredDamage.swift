internal import BoltFile
internal import FilelogCheckpoint
internal import OffsetSync

extension Step.StoredDamage {
  /// Replaces what a store holds for a node; nothing where it holds nothing yet.
  /// - Parameters:
  ///   - turn: which of several kinds.
  ///   - directory: the offsets directory, which payloads name.
  func replace(in store: any OffsetStore, turn: Int, directory: String) throws {
    guard let stored = try store.load() else { return }
    var snapshot = try Payload.unpack(stored)
    switch self {
    case .hostilePayload:
      let kinds = HostileDatabase.allCases
      let content = kinds[turn % kinds.count].content
      snapshot.files = snapshot.files.mapValues { file in
        guard case .database(let stored) = file else { return file }
        var content = content
        content.writtenAt = stored.writtenAt
        return .database(content)
      }
    case .unsoundDatabase: snapshot.files["receiver_filelog_unsound"] = .plain(Self.unsound)
    }
    // A map without room takes no damage either.
    do { try store.save(Payload.pack(snapshot, directory: directory)) } catch {
      guard error.code == .full else { throw error }
    }
  }

  /// A database whose tree leads nowhere.
  private static var unsound: [UInt8] {
    var bytes = HostileDatabase.content([]).compactFile()
    bytes.replaceSubrange(8192..., with: repeatElement(0xff, count: bytes.count - 8192))
    return bytes
  }
}

/// Databases that compress well: kilobytes that are stored take megabytes to look at.
enum HostileDatabase: CaseIterable {
  /// One value, as long as the volume.
  case longValue
  /// Hundreds of thousands of keys without values.
  case tinyEntries
  /// A receiver, and its archive, that knows hundreds of thousands of files of a few bytes.
  case shortFiles

  var content: BoltContent {
    switch self {
    case .longValue:
      Self.content([(Checkpoint.knownFilesKey, [UInt8](repeating: 0, count: 9_970_000))])
    case .tinyEntries: Self.content((0..<190_000).map { (Self.bytes($0), []) })
    case .shortFiles:
      Self.content(
        ["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].enumerated().map { part, suffix in
          (Checkpoint.knownFilesKey + Array(suffix.utf8), Self.files(part))
        })
    }
  }

  /// The extension's bucket with these entries, which are in order.
  fileprivate static func content(_ entries: [(key: [UInt8], value: [UInt8])]) -> BoltContent {
    let bucket = BoltBucket(
      entries: entries.map { .init(key: $0.key[...], content: .value($0.value[...])) })
    return BoltContent(
      transaction: 1000, pageSize: 4096,
      root: BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
  }

  /// As many files as are decoded of one value.
  private static func files(_ part: Int) -> [UInt8] {
    let mark: [UInt8] = [0xfd, 0xfe, 0xff]
    let file = Checkpoint(files: [KnownFile(fingerprint: mark, offset: 7)]).encoded()
    guard let place = file.firstRange(of: mark) else { return file }
    var value: [UInt8] = []
    for number in 0..<Checkpoint.mostFiles {
      value += file[..<place.lowerBound]
      value += bytes(part << 14 | number)
      value += file[place.upperBound...]
    }
    return value
  }

  private static func bytes(_ number: Int) -> [UInt8] {
    [UInt8(number >> 16), UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
  }
}
