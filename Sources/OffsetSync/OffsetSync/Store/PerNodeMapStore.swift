public import FilelogKubernetesAPI

/// The `perNode` layout: one config map for each node, created at the first store and owned by the
/// Node, so that the cluster removes it with the node.
///
/// A payload beyond 1 MiB lies in part maps, and the node's map holds the list of them. The order of
/// writes makes the set atomic, see docs/layouts.md: parts that no list names are filled, one patch
/// of the node's map puts the new list in force, then the parts of the old one are emptied.
///
/// What is stored often is small: the difference to what lies in the node's map, in a map of its own.
public final class PerNodeMapStore: FormerOffsetStore {
  /// How many bytes go where.
  struct Limits {
    /// The most that a part map holds.
    var part = ConfigMapUsage.limit
    /// The most that the node's map holds beside a list of parts, which takes 3 kB at most.
    var whole = ConfigMapUsage.limit - 4096
    /// What a new base writes besides its payload: metadata, and the claim before it; and what steps
    /// do.
    var overheads = KnownBase.Overheads(base: 1536, step: 1024)
  }

  /// How often a store begins anew when another client wrote meanwhile, and a load when parts do not
  /// fit their list because a store is under way.
  private static let attempts = 5

  /// Whether ``save(_:)`` and ``remove()`` begin anew when another client wrote meanwhile, as the only
  /// one that should write; otherwise that is an error.
  public var beginsAnewOnConflict = true

  let maps: NodeMaps
  private let directory: String
  let log: Log
  let limits: Limits
  public private(set) var used: Int?
  /// The node's map as far as we know; nil until it was read, and when that is uncertain.
  var state: State?
  /// The payload that differences are to, as far as we know it; may be another than the one in force.
  var base: KnownBase?
  /// What was stored or loaded last.
  var last: StoredPayload?
  /// Whether an admission policy of earlier versions keeps differences from being stored.
  var mayNotStoreDifferences = false
  /// Whether an admission policy or a role keeps steps from being stored.
  var mayNotSetAside = false
  /// Spare parts that were seen to be emptied.
  private var emptied: Set<Int> = []
  private var cannotAdopt = false

  struct State {
    var uid: String
    var resourceVersion: String
    var ownership: NodeMaps.Ownership
    var manifest: PartsManifest?
    /// Nil when there is none, or none that was looked for.
    var difference: DifferenceMap?
    /// Nil while it is not known.
    var steps: StepsMap?
  }

  /// The maps of `maps.node`. Nothing is sent yet.
  /// - Parameters:
  ///   - client: of the cluster that holds the maps.
  ///   - maps: whose maps, and with which labels.
  ///   - directory: the offsets directory, which the entries of payloads name.
  ///   - log: hears of what cannot be done and does no harm to the offsets.
  public convenience init(
    client: KubernetesClient, maps: OffsetMaps, directory: String = Payload.contractDirectory,
    log: Log
  ) {
    self.init(client: client, maps: maps, directory: directory, log: log, limits: Limits())
  }

  init(
    client: KubernetesClient, maps: OffsetMaps, directory: String = Payload.contractDirectory,
    log: Log, limits: Limits
  ) {
    self.maps = NodeMaps(client: client, maps: maps, log: log)
    self.directory = directory
    self.log = log
    self.limits = limits
  }

  public var name: String {
    "configmap \(maps.maps.namespace)/\(maps.names.map), key \(maps.maps.node)"
  }

  /// A node that was made anew under the same name: the cluster removes the map with the old one.
  public var mustBeSaved: Bool { state?.ownership == .former && !cannotAdopt }

  // MARK: Loading

  public func load() throws(StoreError) -> StoredPayload? {
    forget()
    base = nil
    last = nil
    var lastVersion: String?
    for _ in 0..<Self.attempts {
      guard let map = try maps.read(withPayload: true) else { return nil }
      switch try assemble(map) {
      case .success(nil): return nil
      case .success(let payload?):
        guard let found = try addDifference(to: payload) else { continue }
        last = found
        return found
      case .failure(let error):
        // With the list unchanged no client was writing: it is damage.
        guard lastVersion != map.resourceVersion else {
          throw StoreError(.damaged, "\(error), in \(name)")
        }
        lastVersion = map.resourceVersion
      }
    }
    throw StoreError(.unavailable, "\(name) changed with every attempt to read it")
  }

  private func assemble(
    _ map: NodeMaps.Content
  ) throws(StoreError) -> Result<[UInt8]?, PartsError> {
    let manifest: PartsManifest?
    do { manifest = try map.manifest.map(PartsManifest.init(parsing:)) } catch {
      return .failure(error)
    }
    state = State(
      uid: map.uid, resourceVersion: map.resourceVersion, ownership: map.ownership,
      manifest: manifest)
    used = map.usedBytes + (manifest?.bytes ?? 0)
    guard let manifest, !manifest.parts.isEmpty else { return .success(map.payload) }
    guard PayloadLimits().contentBytes(beside: manifest.bytes) >= 0 else {
      return .failure(
        PartsError(.size, "they hold \(manifest.bytes) bytes, more than a payload may"))
    }
    var payload: [UInt8] = []
    payload.reserveCapacity(manifest.bytes)
    for part in manifest.parts {
      let bytes = try maps.readPart(part.number)
      do { payload += try part.check(bytes) } catch { return .failure(error) }
    }
    return .success(payload)
  }

  /// Reads the node's map without its payload. A list of parts that is damaged is replaced at the
  /// next store, and then any part may hold something.
  private func readState() throws(StoreError) -> State? {
    guard let map = try maps.read(withPayload: false) else { return nil }
    let manifest = map.manifest.map {
      (try? PartsManifest(parsing: $0)) ?? PartsManifest(spares: Array(PartsManifest.numbers))
    }
    var state = State(
      uid: map.uid, resourceVersion: map.resourceVersion, ownership: map.ownership,
      manifest: manifest)
    if manifest?.base != nil { state.difference = try readDifference(of: state) }
    return state
  }

  private func forget() {
    state = nil
    emptied = []
  }

  // MARK: Storing

  public func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let saved = try retrying { () throws(StoreError) in
      let state = try established()
      if let saved = try storeDifference(offer, over: state) { return saved }
      return try storeWhole(offer, over: state)
    }
    last = saved.payload
    return saved
  }

  /// The pod that comes next may be of an earlier version, which knows no differences: it finds the
  /// payload as a whole.
  public func finish() {
    guard let last, let state, state.manifest?.base != nil,
      let snapshot = try? Payload.unpackSound(last)
    else { return }
    let payload = Payload.pack(snapshot, directory: directory)
    do throws(StoreError) {
      let steps = versionOfSteps(state)
      try store(payload, over: try cleared(state), as: nil)
      empty(steps: steps)
      self.last = StoredPayload(payload)
    } catch {
      forget()
      log.warn(
        "the offsets stay stored as a difference, which earlier versions of this program cannot read",
        ["store": .string(name), "error": .error(error)])
    }
  }

  public func remove() throws(StoreError) {
    try retrying { () throws(StoreError) in
      if state == nil { state = try readState() }
      guard let state else { return }
      let steps = versionOfSteps(state)
      try storeWhole(nil, over: try cleared(state), as: nil)
      empty(steps: steps)
      guard let map = self.state?.difference else { return }
      _ = try? maps.patchDifference(nil, resourceVersion: map.resourceVersion)
    }
  }

  /// With a note in the difference, if there is one, that what is stored is about to be replaced.
  private func cleared(_ state: State) throws(StoreError) -> State {
    guard state.manifest?.base != nil, !mayNotStoreDifferences else { return state }
    var state = state
    state.difference = try claimed(state)
    self.state = state
    return state
  }

  /// Stores a payload as a whole, as what later differences are to where they may be stored.
  private func storeWhole(_ offer: PayloadOffer, over state: State) throws(StoreError) -> Saved {
    let payload = try offer.whole()
    guard let snapshot = offer.state?.snapshot, !mayNotStoreDifferences else {
      base = nil
      try store(payload, over: try cleared(state), as: nil)
      return Saved(whole: payload)
    }
    var state = state
    do { state.difference = try claimed(state) } catch {
      guard error.code == .forbidden else { throw error }
      giveUpDifferences(error)
      return try storeWhole(offer, over: state)
    }
    self.state = state
    let number = (state.manifest ?? PartsManifest()).nextRound
    let name = Difference.Base(number: number, payload: payload)
    try store(payload, over: state, as: name)
    // A client that claims it after us has seen this base.
    self.state?.difference?.content = Difference(base: name)
    self.state?.difference?.isClaimOurs = false
    base = KnownBase(name: name, payload: payload, snapshot: snapshot)
    return Saved(whole: payload)
  }

  /// - Parameter base: what differences to the payload call it; nil: there are to be none.
  private func store(
    _ payload: [UInt8], over state: State, as base: Difference.Base?
  ) throws(StoreError) {
    if payload.count <= limits.whole {
      try storeWhole(payload, over: state, as: base)
    } else {
      try storeParts(payload, over: state, as: base)
    }
  }

  private func retrying<Answer>(
    _ work: () throws(StoreError) -> Answer
  ) throws(StoreError) -> Answer {
    for attempt in 1...Self.attempts {
      do { return try work() } catch {
        // Whatever went wrong, what is stored may be something else now.
        forget()
        guard beginsAnewOnConflict, [.conflict, .notFound].contains(error.code),
          attempt < Self.attempts
        else {
          throw error
        }
      }
    }
    preconditionFailure("the last attempt returns or throws")
  }

  /// The node's map, made where it is missing, and this node's.
  private func established() throws(StoreError) -> State {
    if state == nil { state = try readState() }
    if let state, state.ownership == .settled || cannotAdopt { return state }
    do { try maps.establish() } catch {
      guard let state, error.code == .forbidden else { throw error }
      giveUpAdopting(error)
      return state
    }
    guard let found = try readState() else {
      throw StoreError(.conflict, "\(name) was removed meanwhile")
    }
    if found.ownership != .settled { giveUpAdopting(nil) }
    state = found
    return found
  }

  private func giveUpAdopting(_ error: StoreError?) {
    cannotAdopt = true
    log.warn(
      "the node could not be made the owner of its config map, which stays when the node goes",
      ["store": .string(name), "error": .string(error?.description ?? "it was not taken over")])
  }

  /// - Parameter payload: nil takes it away.
  private func storeWhole(
    _ payload: [UInt8]?, over state: State, as base: Difference.Base?
  ) throws(StoreError) {
    var patch = ConfigMapPatch(binaryData: [maps.maps.node: payload])
    let old = state.manifest ?? PartsManifest()
    guard
      base != old.base || !old.parts.isEmpty || !emptied.isSuperset(of: old.spares)
    else { return try commit(patch, state.manifest, over: state, bytes: payload?.count ?? 0) }
    let leftovers = try leftovers(of: old)
    var manifest = PartsManifest(round: old.nextRound)
    manifest.base = base
    manifest.spares = emptied.intersection(old.spares).union(leftovers.keys).sorted()
    patch.data = [PartsManifest.key: manifest.text]
    try commit(patch, manifest, over: state, bytes: payload?.count ?? 0)
    empty(leftovers)
  }

  private func storeParts(
    _ payload: [UInt8], over state: State, as base: Difference.Base?
  ) throws(StoreError) {
    let count = (payload.count + limits.part - 1) / limits.part
    guard count <= PartsManifest.mostParts else {
      throw StoreError(
        .full,
        "this node's offsets take \(payload.count) bytes, more than "
          + "\(PartsManifest.mostParts) config maps hold; what helps: fewer log files a node, or a "
          + "volume of your own (operator.collectors.filelogOffsetSyncStorageVolume)")
    }
    let old = state.manifest ?? PartsManifest()
    let inForce = Set(old.parts.map(\.number))
    let numbers = PartsManifest.numbers.filter { !inForce.contains($0) }.prefix(count)
    // All versions are read before the claim: who claims later makes them stale by writing, and
    // who claimed earlier cannot know them.
    var leftovers = try leftovers(of: old)
    var versions: [Int: String] = [:]
    for number in numbers {
      versions[number] = try maps.establishPart(number)
      leftovers[number] = nil
    }
    var claim = old
    claim.round = old.nextRound
    claim.spares = Set(old.spares).union(numbers).sorted()
    try commit(
      ConfigMapPatch(data: [PartsManifest.key: claim.text]), claim, over: state, bytes: 0)
    emptied.subtract(numbers)
    var manifest = claim
    manifest.base = base
    manifest.parts = try fill(numbers, versions, with: payload)
    manifest.spares = Set(claim.spares).union(inForce).subtracting(numbers).sorted()
    guard let claimed = self.state else { return }
    try commit(
      ConfigMapPatch(
        binaryData: [maps.maps.node: nil], data: [PartsManifest.key: manifest.text]),
      manifest, over: claimed, bytes: 0)
    empty(leftovers)
  }

  private func fill(
    _ numbers: some Sequence<Int>, _ versions: [Int: String], with payload: [UInt8]
  ) throws(StoreError) -> [PartsManifest.Part] {
    var parts: [PartsManifest.Part] = []
    for (index, number) in numbers.enumerated() {
      let end = min((index + 1) * limits.part, payload.count)
      let bytes = Array(payload[index * limits.part..<end])
      let version = try maps.patchPart(
        number, bytes, resourceVersion: versions[number] ?? "")
      parts.append(
        PartsManifest.Part(
          number: number, bytes: bytes.count, sha256: bytes.sha256, resourceVersion: version))
    }
    return parts
  }

  /// Patches the node's map, if no other client did meanwhile.
  private func commit(
    _ patch: ConfigMapPatch, _ manifest: PartsManifest?, over state: State, bytes: Int
  ) throws(StoreError) {
    var patch = patch
    patch.resourceVersion = state.resourceVersion
    var next = state
    next.resourceVersion = try maps.patch(patch, bytes: bytes)
    next.manifest = manifest
    self.state = next
  }

  /// The parts that hold something, or may, and belong to no set once another is in force, each with
  /// the version that may be emptied.
  private func leftovers(of manifest: PartsManifest) throws(StoreError) -> [Int: String] {
    var versions: [Int: String] = [:]
    for part in manifest.parts { versions[part.number] = part.resourceVersion }
    for spare in manifest.spares where !emptied.contains(spare) {
      if let version = try maps.versionOfPart(spare) { versions[spare] = version }
    }
    return versions
  }

  /// Takes the bytes out of parts; the maps stay, to be filled again. What fails here is done by the
  /// next store.
  private func empty(_ leftovers: [Int: String]) {
    for (number, version) in leftovers.sorted(by: { $0.key < $1.key }) {
      guard (try? maps.patchPart(number, nil, resourceVersion: version)) != nil else { continue }
      emptied.insert(number)
    }
  }
}
