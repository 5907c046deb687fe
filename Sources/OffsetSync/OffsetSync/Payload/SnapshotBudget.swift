internal import BoltFile

/// Counts what a snapshot takes, on the volume and in memory, file by file.
struct SnapshotBudget {
  /// What file systems hand out: the kubelet counts a volume in blocks.
  static let block = 4096

  private var volumeBytes: Int
  private var entries: Int

  init(_ limits: PayloadLimits = PayloadLimits()) {
    volumeBytes = limits.volumeBytes
    entries = limits.databaseEntries
  }

  /// What a database may ask for that is to fit into what is left.
  var readLimits: ReadLimits {
    ReadLimits(liveBytes: UInt64(volumeBytes), plainBytes: 1 << 20, entries: entries)
  }

  /// Counts a file; false, and nothing is counted, when it does not fit.
  mutating func take(_ file: Snapshot.File) -> Bool {
    let blocks = (file.size + Self.block - 1) / Self.block * Self.block
    guard blocks <= volumeBytes, file.entryCount <= entries else { return false }
    volumeBytes -= blocks
    entries -= file.entryCount
    return true
  }
}
