/// The payload that differences are to, and what is known of its content.
struct KnownBase {
  let name: Difference.Base
  let payload: [UInt8]
  /// Nil for a payload that has no differences; not known before it is needed.
  private var index: BaseIndex??
  /// What differences take beyond what they took at first, all stores together.
  private var spent = 0
  private var smallest = Int.max
  private var last = 0

  /// A base that was loaded.
  init(name: Difference.Base, payload: [UInt8]) {
    self.name = name
    self.payload = payload
  }

  /// A base that was written.
  init(name: Difference.Base, payload: [UInt8], snapshot: Snapshot) {
    self.init(name: name, payload: payload)
    index = .some(BaseIndex(snapshot, payloadBytes: payload.count))
  }

  /// The changes to a state, where storing them costs less than a new base.
  /// - Parameter overhead: what a new base writes besides its payload.
  mutating func changes(to state: SnapshotState, overhead: Int) -> [UInt8]? {
    if index == nil {
      let snapshot = try? Payload.unpack(payload)
      index = .some(snapshot.flatMap { BaseIndex($0, payloadBytes: payload.count) })
    }
    guard let index = index ?? nil,
      let changes = index.changes(to: state, base: { try? Payload.unpack(payload) }),
      pays(changes.count, overhead)
    else { return nil }
    return changes
  }

  /// Whether another difference that is as large as the last one would be one too many.
  func isNearlySpent(overhead: Int) -> Bool {
    spent + last - smallest > payload.count + overhead
  }

  /// A difference that grows with every store costs more each time; a new base costs once, and pays
  /// when what went on top of the smallest difference has cost as much.
  private mutating func pays(_ bytes: Int, _ overhead: Int) -> Bool {
    smallest = min(smallest, bytes)
    spent += bytes - smallest
    last = bytes
    return bytes <= (payload.count + overhead) / 2 && spent <= payload.count + overhead
  }
}

/// What changed since the node's map was written lies in a map of its own, which is small. Either map
/// may be written without the other, and no order of writes gives a state that was not stored: see
/// docs/layouts.md.
extension PerNodeMapStore {
  /// The map of the difference.
  struct DifferenceMap {
    var resourceVersion: String
    /// Whether it goes with the node's map.
    var isOwned: Bool
    /// Nil where none can be read: then a new base is due, since another writer may be about to write
    /// one.
    var content: Difference?
    /// Whether it was this process that noted in it that a base is under way.
    var isClaimOurs = false

    /// Whether a difference to this base may be stored.
    func isFree(for base: Difference.Base) -> Bool {
      guard isOwned, let content else { return false }
      return content.base != base || !content.isBaseUnderWay
    }
  }

  // MARK: Loading

  /// What is stored, the whole payload being known.
  /// - Returns: nil when it changed meanwhile, and is to be read again.
  func addDifference(to payload: [UInt8]) throws(StoreError) -> StoredPayload? {
    guard let state, let name = state.manifest?.base else { return StoredPayload(payload) }
    // A payload that a user put there by hand is another one, and the truth.
    guard name == Difference.Base(number: name.number, payload: payload) else {
      self.state?.manifest?.base = nil
      return StoredPayload(payload)
    }
    base = KnownBase(name: name, payload: payload)
    let found = try readDifference(of: state)
    self.state?.difference = found
    guard let found else {
      log.warn(
        "the difference to the stored offsets is gone; records since they were written as a whole "
          + "will be read again", ["store": .string(self.name)])
      return StoredPayload(payload)
    }
    guard let content = found.content else {
      log.warn(
        "the difference to the stored offsets cannot be read; records since they were written as a "
          + "whole will be read again", ["store": .string(self.name)])
      return StoredPayload(payload)
    }
    if content.base == name {
      return StoredPayload(payload, changes: content.changes.isEmpty ? nil : content.changes)
    }
    // It belongs to another base: to one before, or to one that was written while we read.
    return try maps.version() == state.resourceVersion ? StoredPayload(payload) : nil
  }

  func readDifference(of state: State) throws(StoreError) -> DifferenceMap? {
    guard let found = try maps.readDifference(to: state.uid) else { return nil }
    return DifferenceMap(
      resourceVersion: found.resourceVersion, isOwned: found.isOwned,
      content: found.bytes.flatMap { try? Difference(parsing: $0) })
  }

  // MARK: Storing

  /// Stores what changed, where that may be done and costs less than a new base.
  /// - Returns: nil where a new base is due.
  func storeDifference(_ offer: PayloadOffer, over state: State) throws(StoreError) -> Saved? {
    guard let snapshot = offer.state, let name = state.manifest?.base, base?.name == name,
      var map = state.difference, map.isFree(for: name),
      let changes = base?.changes(to: snapshot, overhead: limits.overhead), let base
    else { return nil }
    // The base that is due next is noted already, which spares a write.
    let difference = Difference(
      base: name, isBaseUnderWay: base.isNearlySpent(overhead: limits.overhead), changes: changes)
    let bytes = difference.bytes
    map.resourceVersion = try maps.patchDifference(bytes, resourceVersion: map.resourceVersion)
    map.content = difference
    map.isClaimOurs = difference.isBaseUnderWay
    self.state?.difference = map
    return Saved(StoredPayload(base.payload, changes: changes), written: bytes.count)
  }

  /// The map of the difference, with a note that a base is about to be written. From then on no sidecar
  /// stores a difference to the base before, which the new one would make void; and one that finds
  /// the note without the base must write one, so that only one of several comes in.
  func claimed(_ state: State) throws(StoreError) -> DifferenceMap {
    var map: DifferenceMap
    if let known = state.difference {
      map = known
    } else if let found = try readDifference(of: state) {
      map = found
    } else {
      map = DifferenceMap(
        resourceVersion: try maps.createDifference(to: state.uid), isOwned: false, content: nil)
    }
    let name = state.manifest?.base
    // To what no reader looks for, nothing need be noted.
    if map.isOwned, name == nil || map.isClaimOurs { return map }
    var claim = map.content ?? Difference(base: name ?? Difference.Base(number: 0, payload: []))
    if let name, claim.base != name { claim = Difference(base: name) }
    claim.isBaseUnderWay = true
    map.resourceVersion = try maps.patchDifference(
      claim.bytes, resourceVersion: map.resourceVersion,
      adoptedBy: map.isOwned ? nil : state.uid)
    map.isOwned = true
    map.isClaimOurs = true
    map.content = claim
    return map
  }

  /// An admission policy of an earlier version knows no map of this name.
  func giveUpDifferences(_ error: StoreError) {
    mayNotStoreDifferences = true
    log.warn(
      "differences may not be stored, so the offsets are stored as a whole each time, which costs "
        + "the API server more", ["store": .string(name), "error": .error(error)])
  }
}
