public import KubernetesAPI

/// The `perNode` layout: one config map for each node, created at the first store and owned by the
/// Node, so that the cluster removes it with the node.
///
/// A payload beyond 1 MiB lies in part maps, and the node's map holds the list of them. The order of
/// writes makes the set atomic, see docs/layouts.md: parts that no list names are filled, one patch
/// of the node's map puts the new list in force, then the parts of the old one are emptied.
public final class PerNodeMapStore: FormerOffsetStore {
  /// How many bytes go where.
  struct Limits {
    /// The most that a part map holds.
    var part = ConfigMapUsage.limit
    /// The most that the node's map holds beside a list of parts, which takes 3 kB at most.
    var whole = ConfigMapUsage.limit - 4096
  }

  /// How often a store begins anew when somebody else wrote meanwhile, and a load when parts do not
  /// fit their list because a store is under way.
  private static let attempts = 5

  /// Whether ``save(_:)`` and ``remove()`` begin anew when another client wrote meanwhile, as the only
  /// one that should write; otherwise that is an error.
  public var beginsAnewOnConflict = true

  private let maps: NodeMaps
  private let log: Log
  private let limits: Limits
  public private(set) var used: Int?
  /// The node's map as far as we know; nil until it was read, and when that is uncertain.
  private var state: State?
  /// Spare parts that were seen to be emptied.
  private var emptied: Set<Int> = []
  private var cannotAdopt = false

  private struct State {
    var resourceVersion: String
    var ownership: NodeMaps.Ownership
    var manifest: PartsManifest?
  }

  /// The maps of `maps.node`. Nothing is sent yet.
  /// - Parameters:
  ///   - client: of the cluster that holds the maps.
  ///   - maps: whose maps, and with which labels.
  ///   - log: hears of what cannot be done and does no harm to the offsets.
  public convenience init(client: KubernetesClient, maps: OffsetMaps, log: Log) {
    self.init(client: client, maps: maps, log: log, limits: Limits())
  }

  init(client: KubernetesClient, maps: OffsetMaps, log: Log, limits: Limits) {
    self.maps = NodeMaps(client: client, maps: maps, log: log)
    self.log = log
    self.limits = limits
  }

  public var name: String {
    "configmap \(maps.maps.namespace)/\(maps.names.map), key \(maps.maps.node)"
  }

  /// A node that was made anew under the same name: the cluster removes the map with the old one.
  public var mustBeSaved: Bool { state?.ownership == .former && !cannotAdopt }

  // MARK: Loading

  public func load() throws(StoreError) -> [UInt8]? {
    forget()
    var lastVersion: String?
    for _ in 0..<Self.attempts {
      guard let map = try maps.read(withPayload: true) else { return nil }
      switch try assemble(map) {
      case .success(let payload): return payload
      case .failure(let error):
        // With the list unchanged nobody was writing: it is damage.
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
      resourceVersion: map.resourceVersion, ownership: map.ownership, manifest: manifest)
    used = map.usedBytes + (manifest?.bytes ?? 0)
    guard let manifest, !manifest.parts.isEmpty else { return .success(map.payload) }
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
    return State(
      resourceVersion: map.resourceVersion, ownership: map.ownership, manifest: manifest)
  }

  private func forget() {
    state = nil
    emptied = []
  }

  // MARK: Storing

  public func save(_ payload: [UInt8]) throws(StoreError) {
    try retrying { () throws(StoreError) in
      let state = try established()
      if payload.count <= limits.whole {
        try storeWhole(payload, over: state)
      } else {
        try storeParts(payload, over: state)
      }
    }
  }

  public func remove() throws(StoreError) {
    try retrying { () throws(StoreError) in
      if state == nil { state = try readState() }
      if let state { try storeWhole(nil, over: state) }
    }
  }

  private func retrying(_ work: () throws(StoreError) -> Void) throws(StoreError) {
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
  private func storeWhole(_ payload: [UInt8]?, over state: State) throws(StoreError) {
    var patch = ConfigMapPatch(binaryData: [maps.maps.node: payload])
    guard let old = state.manifest, !old.parts.isEmpty || !emptied.isSuperset(of: old.spares) else {
      return try commit(patch, state.manifest, over: state, bytes: payload?.count ?? 0)
    }
    let leftovers = try leftovers(of: old)
    var manifest = PartsManifest(round: old.nextRound)
    manifest.spares = emptied.intersection(old.spares).union(leftovers.keys).sorted()
    patch.data = [PartsManifest.key: manifest.text]
    try commit(patch, manifest, over: state, bytes: payload?.count ?? 0)
    empty(leftovers)
  }

  private func storeParts(_ payload: [UInt8], over state: State) throws(StoreError) {
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

  /// Patches the node's map, if nobody else did meanwhile.
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
