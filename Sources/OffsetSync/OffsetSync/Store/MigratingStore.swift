internal import BoltFile

/// A store that takes the place of another one: what the other holds is read as long as it is newer, and
/// stored here at once, whether or not a log line came.
///
/// The former place keeps what it holds, for a rollout that is undone: a pod of the layout before knows
/// no other place. A pod that stops brings it up to date (``finish()``), and only a later pod that goes
/// on from what lies here takes it away (``settle()``).
public final class MigratingStore: OffsetStore {
  private let current: any OffsetStore
  private let former: any FormerOffsetStore
  private let directory: String
  private let log: Log
  private var formerHoldsPayload = false
  /// Whether what was loaded last lies in the former place only, or is newer there.
  private var isFormerNewer = false

  /// A store of the payload that two stores share.
  /// - Parameters:
  ///   - current: where the payload is to be.
  ///   - former: where it may still be.
  ///   - directory: the directory that entries of payloads may name, see ``Payload``.
  ///   - log: hears of what moves, and of damage in either place.
  public init(
    _ current: any OffsetStore, replacing former: any FormerOffsetStore, directory: String,
    log: Log
  ) {
    self.current = current
    self.former = former
    self.directory = directory
    self.log = log
  }

  public var name: String { current.name }
  public var used: Int? { current.used }
  public var mustBeSaved: Bool { current.mustBeSaved || isFormerNewer }

  public func load() throws(StoreError) -> StoredPayload? {
    let here = try found(in: current)
    let there = try found(in: former)
    formerHoldsPayload = there != .success(nil)
    isFormerNewer = false
    switch (here, there) {
    case (.success(let here?), .success(let there?)):
      if isNewer(there, than: here) { return taken(there) }
      return here
    case (.success(let here?), _): return here
    case (_, .success(let there?)): return taken(there)
    case (.failure(let error), _), (_, .failure(let error)): throw error
    case (.success(nil), .success(nil)): return nil
    }
  }

  /// What a store holds, damage included; every other trouble says nothing about that.
  private func found(
    in store: any OffsetStore
  ) throws(StoreError) -> Result<StoredPayload?, StoreError> {
    do { return .success(try store.load()) } catch {
      guard error.code == .damaged else { throw error }
      log.warn(
        "stored offsets are damaged", ["store": .string(store.name), "error": .error(error)])
      return .failure(error)
    }
  }

  private func taken(_ payload: StoredPayload) -> StoredPayload {
    isFormerNewer = true
    log.info(
      "taking the offsets from where they were stored before",
      ["former": .string(former.name), "store": .string(current.name)])
    return payload
  }

  public func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let saved = try current.save(offer)
    isFormerNewer = false
    return saved
  }

  /// A pod of the layout before, as after a rollout that was undone, goes on from here.
  public func finish() {
    current.finish()
    guard formerHoldsPayload, !isFormerNewer else { return }
    do {
      if let stored = try current.load() { try former.save(offer(stored)) }
    } catch {
      log.warn(
        "cannot bring the offsets up to date where they were stored before; pods of the previous "
          + "layout would read records again", self.error(error))
    }
  }

  /// As a whole: the difference is known here alone.
  private func offer(_ stored: StoredPayload) -> [UInt8] {
    guard !stored.changes.isEmpty, let snapshot = try? Payload.unpack(stored) else {
      return stored.whole
    }
    return Payload.pack(snapshot, directory: directory)
  }

  public func settle() {
    current.settle()
    guard formerHoldsPayload, !isFormerNewer else { return }
    do {
      try former.remove()
      formerHoldsPayload = false
    } catch {
      // The next pod tries again.
      log.warn("cannot remove the offsets from where they were stored before", self.error(error))
    }
  }

  private func error(_ error: StoreError) -> Log.Fields {
    ["former": .string(former.name), "error": .error(error)]
  }

  /// By the time of the last commit, where both tell. A database that was begun anew, as by pods of a
  /// rollout that was undone, has small transaction ids and is the newer one all the same. Payloads of
  /// earlier versions do not tell; then by the last time at which a receiver saw a log file grow, and
  /// last by the transaction ids of the databases that both hold. A payload that cannot be read is never
  /// the newer one.
  private func isNewer(_ payload: StoredPayload, than other: StoredPayload) -> Bool {
    guard let mine = age(of: payload) else { return false }
    guard let others = age(of: other) else { return true }
    for time in [\Age.committed, \Age.lastGrowth] {
      if let mine = mine[keyPath: time], let other = others[keyPath: time], mine != other {
        return mine > other
      }
    }
    let ahead = mine.transactions.reduce(into: 0) { balance, database in
      guard let other = others.transactions[database.key], other != database.value else { return }
      balance += database.value > other ? 1 : -1
    }
    return ahead > 0
  }

  /// What tells which of two payloads is the newer one. No more than that is kept of either: a scan may
  /// lie in memory beside the one that is read.
  private struct Age {
    var committed: Duration?
    var lastGrowth: Duration?
    var transactions: [String: BoltFormat.TransactionID] = [:]
  }

  private func age(of payload: StoredPayload) -> Age? {
    guard let snapshot = try? Payload.unpackSound(payload) else { return nil }
    var age = Age()
    for case (let name, .database(let content)) in snapshot.files {
      age.committed = [age.committed, content.committed].compactMap { $0 }.max()
      age.lastGrowth = [age.lastGrowth, content.lastGrowth].compactMap { $0 }.max()
      age.transactions[name] = content.transaction
    }
    return age
  }
}
