internal import BoltFile

/// Says trouble once when it begins, once when it changes and once when it ends, not every five
/// seconds.
struct Troubles {
  enum Kind: Hashable {
    case store
    case volume
  }

  private var current: [Kind: String] = [:]
  private var unreadable: [String: BoltError.Code] = [:]

  mutating func note(_ kind: Kind, _ message: String, _ error: String, _ log: Log) {
    guard current.updateValue(error, forKey: kind) != error else { return }
    log.error(message, ["error": .string(error)])
  }

  mutating func clear(_ kind: Kind, _ log: Log) {
    guard current.removeValue(forKey: kind) != nil else { return }
    log.info(kind == .store ? "offsets are stored again" : "the offsets directory is back")
  }

  mutating func noteUnreadable(_ files: [String: BoltError], _ log: Log) {
    for (name, error) in files.sorted(by: { $0.key < $1.key })
    where unreadable[name] != error.code {
      log.warn(
        "cannot read a database now; its last good state stays stored",
        ["file": .string(name), "error": .error(error)])
    }
    for name in unreadable.keys.sorted() where files[name] == nil {
      log.info("the database can be read again", ["file": .string(name)])
    }
    unreadable = files.mapValues(\.code)
  }
}
