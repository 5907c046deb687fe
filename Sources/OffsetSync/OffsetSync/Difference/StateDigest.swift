internal import BoltFile
internal import FilelogEncodings

/// Identifies a state: what each file says, and by which transaction.
enum StateDigest {
  static let size = 16

  static func bytes(of snapshot: Snapshot, _ digests: [String: ContentDigest]) -> [UInt8] {
    var hash = SHA256()
    for name in snapshot.names {
      var line = "\(name)\u{0}\(digests[name]?.text ?? "")"
      if case .database(let content)? = snapshot.files[name] {
        line +=
          " \(content.transaction) \(SnapshotItems.milliseconds(content.writtenAt))"
          + " \(content.pageSize)"
      }
      hash.update(Array(line.utf8) + [0])
    }
    return Array(hash.finish().prefix(size))
  }
}
