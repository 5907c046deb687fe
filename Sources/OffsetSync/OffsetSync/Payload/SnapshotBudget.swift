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

  /// What a file takes on a volume.
  static func blocks(_ file: Snapshot.File) -> Int { (file.size + block - 1) / block * block }

  /// Counts a file; false, and nothing is counted, when it does not fit.
  mutating func take(_ file: Snapshot.File) -> Bool {
    let blocks = Self.blocks(file)
    guard blocks <= volumeBytes, file.entryCount <= entries else { return false }
    volumeBytes -= blocks
    entries -= file.entryCount
    return true
  }
}
