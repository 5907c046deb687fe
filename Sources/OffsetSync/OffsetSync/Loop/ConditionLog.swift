internal import BoltFile

/// Logs a condition once when it begins, once when it changes and once when it ends, not every five
/// seconds.
struct ConditionLog {
  enum Kind: Hashable {
    case store
    case volume
  }

  private var current: [Kind: String] = [:]
  private var unreadable: [String: BoltError.Code] = [:]
  private var leftOut = 0
  private var isQueueUnreadable = false
  private var emptied: [String] = []

  /// - Parameter state: the same as long as it is the same condition, whatever figures the error
  ///   tells.
  mutating func raise(
    _ kind: Kind, _ state: String, _ message: String, _ error: any Error, _ log: Log
  ) {
    guard current.updateValue(state, forKey: kind) != state else { return }
    log.error(message, ["error": .error(error)])
  }

  mutating func clear(_ kind: Kind, _ log: Log) {
    guard current.removeValue(forKey: kind) != nil else { return }
    log.info(kind == .store ? "offsets are stored again" : "offsets directory readable again")
  }

  /// How many files are named at most; more have one cause, and are told as a number.
  private static let namedFiles = 10

  mutating func noteLeftOut(_ count: Int, _ log: Log) {
    guard leftOut != count else { return }
    leftOut = count
    if count > 0 {
      log.warn(
        "the offsets directory holds more files than are stored", ["left_out": .integer(count)])
    }
  }

  mutating func noteQueue(_ isUnreadable: Bool, _ log: Log) {
    guard isQueueUnreadable != isUnreadable else { return }
    isQueueUnreadable = isUnreadable
    if isUnreadable {
      log.warn(
        "a queue cannot be read now; the receivers' offsets are stored when it can, so that no "
          + "record in it is lost")
    } else {
      log.info("queues can be read again")
    }
  }

  mutating func noteEmptied(_ names: [String], _ log: Log) {
    for name in names.prefix(Self.namedFiles) where !emptied.contains(name) {
      log.warn(
        "a receiver's list of known files became empty; the stored one stays until the receiver has "
          + "confirmed that", ["file": .string(name)])
    }
    emptied = names
  }

  mutating func noteUnreadable(_ files: [String: BoltError], _ log: Log) {
    let news = files.filter { unreadable[$0.key] != $0.value.code }.sorted { $0.key < $1.key }
    for (name, error) in news.prefix(Self.namedFiles) {
      log.warn(
        "cannot read a database now; its last good state stays stored",
        ["file": .string(name), "error": .error(error)])
    }
    if news.count > Self.namedFiles {
      log.warn(
        "more databases cannot be read now", ["files": .integer(news.count - Self.namedFiles)])
    }
    let ended = unreadable.keys.filter { files[$0] == nil }.sorted()
    for name in ended.prefix(Self.namedFiles) {
      log.info("the database can be read again", ["file": .string(name)])
    }
    unreadable = files.mapValues(\.code)
  }
}
