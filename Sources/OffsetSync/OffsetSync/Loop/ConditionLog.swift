internal import BoltFile

/// Says trouble once when it begins, once when it changes and once when it ends, not every five
/// seconds.
struct ConditionLog {
  enum Kind: Hashable {
    case store
    case volume
  }

  private var current: [Kind: String] = [:]
  private var unreadable: [String: BoltError.Code] = [:]
  private var leftOut = 0

  /// - Parameter state: the same as long as it is the same trouble, whatever figures the error
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

  /// How many files are named at most; more is one cause, and said as a number.
  private static let namedFiles = 10

  mutating func noteLeftOut(_ count: Int, _ log: Log) {
    guard leftOut != count else { return }
    leftOut = count
    if count > 0 {
      log.warn(
        "the offsets directory holds more files than are stored", ["left_out": .integer(count)])
    }
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
