internal import BoltFile

extension Snapshot.File {
  /// Its length when it is written.
  var size: Int {
    switch self {
    case .database(let content): CompactFile(content).size
    case .plain(let bytes): bytes.count
    }
  }

  var entryCount: Int {
    if case .database(let content) = self { content.root.entryCount } else { 0 }
  }

  /// Hands over the file as it is written into a directory or an archive: databases compactly.
  func write<Failure: Error>(
    to sink: @escaping (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .database(let content): try CompactFile(content).write(sink)
    case .plain(let bytes): try sink(bytes[...])
    }
  }
}

extension Snapshot {
  /// Of all files, when they are written.
  var size: Int { files.values.reduce(0) { $0 + $1.size } }
}
