/// What a payload may expand to before it is refused, and so what storing keeps to.
///
/// They fit the volume and the container's memory: whatever a payload holds within them, restoring it
/// stays below 32 MiB.
public struct PayloadLimits: Sendable {
  /// What its files may take on the volume, in whole blocks.
  public var volumeBytes: Int
  /// Files and directories, the offsets directory included.
  public var entries: Int
  /// What its files, and twice the payload itself, may take together: a sidecar holds a payload, the
  /// one that it loads or packs, and what is in one of them. What compresses may fill the volume; of
  /// random bytes 4.6 MB fit.
  public var memoryBytes = Difference.mostMemory
  /// Keys of all databases. The receivers have a handful; a persistent queue has one for each request
  /// that waits.
  public var databaseEntries: Int

  /// By default what the contract's volume holds.
  public init(
    volumeBytes: Int = Volume.contractSize, entries: Int = 1024, databaseEntries: Int = 1 << 16
  ) {
    self.volumeBytes = volumeBytes
    self.entries = entries
    self.databaseEntries = databaseEntries
  }

  /// What the files of a payload of so many bytes may take; negative where it is too large itself.
  func contentBytes(beside payload: Int) -> Int { memoryBytes - 2 * payload }

  /// Bytes of the tar archive: besides the files, a header for each, a long name before it, and what
  /// fills up its last block.
  var archiveBytes: Int { volumeBytes + entries * 4 * TarFormat.blockSize + (20 << 10) }
}
