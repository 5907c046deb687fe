/// What a reader refuses to go beyond, whatever a file claims.
public struct ReadLimits: Sendable {
  /// Bytes in pages that the newest transaction uses. Everything that is read stays in memory.
  public var liveBytes: UInt64
  /// The length of a file that is not a database, where such files are read.
  public var plainBytes: UInt64
  /// The length of a file, in pages of its own size; one bit is kept for each.
  public var pages: UInt64
  /// Keys of all buckets together; each takes 80 bytes of memory, however short it is.
  public var entries: Int
  /// Buckets in buckets and branch pages under one another.
  public var depth: Int

  /// Limits far above what a 10 MB volume holds, and far below what would harm a node.
  public init(
    liveBytes: UInt64 = 64 << 20, plainBytes: UInt64 = 1 << 20, pages: UInt64 = 1 << 24,
    entries: Int = 1 << 20, depth: Int = 64
  ) {
    self.liveBytes = liveBytes
    self.plainBytes = plainBytes
    self.pages = pages
    self.entries = entries
    self.depth = depth
  }
}
