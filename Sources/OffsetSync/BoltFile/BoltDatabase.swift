/// Reads whole databases.
public enum BoltDatabase {
  /// Reads what a database at rest holds: its newest transaction, or the one before when the newest
  /// meta page is damaged, as bbolt itself would.
  /// - Throws: ``BoltError`` with file, page and offset.
  public static func read(
    _ source: some ByteSource, limits: ReadLimits = ReadLimits()
  ) throws(BoltError) -> BoltContent {
    let written = source.writtenAt
    var content = try read(source, under: MetaPair.read(from: source), limits: limits)
    content.writtenAt = written
    return content
  }

  /// The transaction that is in force at this moment; nothing but the two meta pages is read.
  /// - Throws: ``BoltError``: `notADatabase` where neither meta page is valid.
  public static func newestTransaction(
    of source: some ByteSource
  ) throws(BoltError) -> BoltFormat.TransactionID {
    try MetaPair.read(from: source).newest.transaction
  }

  private static func read(
    _ source: some ByteSource, under metas: MetaPair, limits: ReadLimits
  ) throws(BoltError) -> BoltContent {
    var tree = try TreeReader(source, meta: metas.newest, limits: limits)
    return try tree.content()
  }

  /// Reads a database that another process may be writing, without a lock.
  ///
  /// Commits are copy-on-write, and what commit *N* + 1 frees may be overwritten from the writing
  /// of commit *N* + 2 on. So a tree read under transaction *N* is whole if *N* is still in force
  /// after its last byte was read: then *N* + 1 is not committed and *N* + 2 not begun. No weaker
  /// test will do: torn copies open, check clean and decode (measured with a real collector).
  ///
  /// - Parameters:
  ///   - source: the database.
  ///   - limits: what it may ask for.
  ///   - pause: called with the number of the failed attempt, 1 and up, before the next; returns
  ///     false to give up.
  /// - Throws: ``BoltError``: `changing` when `pause` gave up while the writer kept committing;
  ///   `damaged` only for a tree that no commit was changing.
  public static func readLive(
    _ source: some ByteSource, limits: ReadLimits = ReadLimits(), pause: (Int) -> Bool
  ) throws(BoltError) -> BoltContent {
    var attempt = 1
    while true {
      let written = source.writtenAt
      let before = try MetaPair.read(from: source)
      let result: Result<BoltContent, BoltError>
      do { result = .success(try read(source, under: before, limits: limits)) } catch {
        result = .failure(error)
      }
      let after = try MetaPair.read(from: source)
      if after.newest == before.newest {
        var content = try result.get()
        content.writtenAt = written
        return content
      }
      guard pause(attempt) else {
        throw BoltError(
          .changing, "its writer committed during each of \(attempt) attempts to read it",
          file: source.name)
      }
      attempt += 1
    }
  }
}
