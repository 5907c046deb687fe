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

    /// The steps that are in force for a base.
    func steps(to base: Difference.Base) -> Steps.Reference? {
      content?.base == base ? content?.steps : nil
    }

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
    let found = try readDifference(of: state)
    self.state?.difference = found
    // Where not every reader knows this form, the next store writes a base.
    base =
      state.manifest?.version == PartsManifest.version
      ? KnownBase(name: name, payload: payload) : nil
    guard let found else {
      log.warn(
        "the difference to the stored offsets is gone; records since they were written as a whole "
          + "will be read again", ["store": .string(self.name)])
      return StoredPayload(payload)
    }
    guard let content = found.content else { return unreadable(payload) }
    if content.base == name {
      let steps: Steps
      do { steps = try readSteps(content) } catch {
        switch error {
        case .store(let error): throw error
        case .damage:
          // Another writer may have gone on with another base.
          guard try maps.versionOfDifference() == found.resourceVersion else { return nil }
          self.state?.difference?.content = nil
          return unreadable(payload)
        }
      }
      if base != nil { base = KnownBase(name: name, payload: payload, steps: steps) }
      return StoredPayload(payload, steps, content.changes)
    }
    // It belongs to another base: to one before, or to one that was written while we read.
    return try maps.version() == state.resourceVersion ? StoredPayload(payload) : nil
  }

  private func unreadable(_ payload: [UInt8]) -> StoredPayload {
    log.warn(
      "the difference to the stored offsets cannot be read; records since they were written as a "
        + "whole will be read again", ["store": .string(name)])
    return StoredPayload(payload)
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
      base?.steps.reference == map.steps(to: name),
      let choice = base?.choose(for: snapshot, limits.overheads)
    else { return nil }
    let known = base
    guard let (changes, written) = try prepare(choice), let base else { return nil }
    // The base that is due next is noted already, which spares a write.
    let difference = Difference(
      base: name, isBaseUnderWay: base.isNearlySpent(limits.overheads),
      steps: base.steps.reference, changes: changes)
    let bytes = difference.bytes
    do {
      map.resourceVersion = try maps.patchDifference(bytes, resourceVersion: map.resourceVersion)
    } catch {
      // A step that the difference in force does not refer to does not count.
      if !error.isOutcomeUnknown { self.base = known }
      throw error
    }
    map.content = difference
    map.isClaimOurs = difference.isBaseUnderWay
    self.state?.difference = map
    if self.state?.steps != nil { self.state?.steps?.isBehindOurs = true }
    return Saved(
      StoredPayload(base.payload, base.steps, changes), written: written + bytes.count)
  }

  /// Sets changes aside where they are a step.
  /// - Returns: what the difference is to hold, and how many bytes were written; nil for a base.
  private func prepare(
    _ choice: KnownBase.Choice
  ) throws(StoreError) -> (changes: [UInt8], written: Int)? {
    switch choice {
    case .base: return nil
    case .difference(let changes): return (changes, 0)
    case .step(let changes):
      guard try maySetAside(), let written = try setAside(changes) else { return (changes, 0) }
      return ([], written)
    }
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
