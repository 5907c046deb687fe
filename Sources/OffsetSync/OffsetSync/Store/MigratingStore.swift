internal import BoltFile

/// A store that takes the place of another one: what the other holds is read as long as it is newer,
/// and taken away after the first store here. That one is made at once, whether or not a log line came:
/// until then every reader has to look into both places.
public final class MigratingStore: OffsetStore {
  private let current: any OffsetStore
  private let former: any FormerOffsetStore
  private let directory: String
  private let log: Log
  private var formerHoldsPayload = false
  private var hasSaidRemoval = false

  /// A store of the payload that two stores share.
  /// - Parameters:
  ///   - current: where the payload is to be.
  ///   - former: where it may still be.
  ///   - directory: the folder that entries of payloads may name, see ``Payload``.
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
  /// What could not be removed from the former place is no reason to store again and again.
  public var mustBeSaved: Bool {
    current.mustBeSaved || (formerHoldsPayload && !hasSaidRemoval)
  }

  public func load() throws(StoreError) -> StoredPayload? {
    let here = try found(in: current)
    let there = try found(in: former)
    formerHoldsPayload = there != .success(nil)
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
    log.info(
      "taking the offsets from where they were stored before",
      ["former": .string(former.name), "store": .string(current.name)])
    return payload
  }

  public func seal(directory: String) throws(StoreError) {
    try current.seal(directory: directory)
  }

  public func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let saved = try current.save(offer)
    removeFormer()
    return saved
  }

  private func removeFormer() {
    guard formerHoldsPayload else { return }
    do {
      try former.remove()
      formerHoldsPayload = false
    } catch {
      // The offsets are safe here; the next store tries again.
      guard !hasSaidRemoval else { return }
      hasSaidRemoval = true
      log.warn(
        "cannot remove the offsets from where they were stored before",
        ["former": .string(former.name), "error": .error(error)])
    }
  }

  /// By the time of the last commit, where both tell. A database that was begun anew, as by pods of a
  /// rollout that was undone, has small transaction ids and is the newer one all the same. Payloads of
  /// earlier versions do not tell; then by the transaction ids of the databases that both hold. A
  /// payload that cannot be read is never the newer one.
  private func isNewer(_ payload: StoredPayload, than other: StoredPayload) -> Bool {
    guard let mine = databases(payload) else { return false }
    guard let others = databases(other) else { return true }
    let times = [mine, others].map { $0.values.compactMap(\.writtenAt).max() }
    if let written = times[0], let otherWritten = times[1], written != otherWritten {
      return written > otherWritten
    }
    let ahead = mine.reduce(into: 0) { balance, database in
      let transaction = database.value.transaction
      guard let other = others[database.key]?.transaction, other != transaction else { return }
      balance += transaction > other ? 1 : -1
    }
    return ahead > 0
  }

  private func databases(_ payload: StoredPayload) -> [String: BoltContent]? {
    guard let snapshot = try? Payload.unpackSound(payload) else { return nil }
    return snapshot.files.compactMapValues { file in
      if case .database(let content) = file { content } else { nil }
    }
  }
}
