import BoltFile
import FilelogCheckpoint
import FilelogContract
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import OffsetSync

/// From one layout to the other, and back.
@Suite struct MigrationTests {
  private static let shared = "rel-filelogoffsets-cm"

  private static func payload(_ transaction: UInt64, _ text: String = "x") -> [UInt8] {
    Payload.pack(
      Snapshot(files: ["receiver_filelog_": .database(database(transaction, text))]),
      directory: Payload.contractDirectory)
  }

  private func store(
    _ cluster: LayoutCluster, _ node: String, _ layout: Contract.OffsetLayout,
    from previous: Contract.OffsetLayout? = nil, _ lines: CapturedLog = CapturedLog()
  ) throws -> any OffsetStore {
    var maps = cluster.maps(node)
    maps.layout = layout
    maps.previousLayout = previous
    return makeOffsetStore(
      client: try cluster.client(node), maps: maps, directory: Payload.contractDirectory,
      log: lines.log)
  }

  private func sharedKeys(_ cluster: LayoutCluster) throws -> [String] {
    (try cluster.map(Self.shared)?["binaryData"]?.object ?? [:]).keys.sorted()
  }

  /// Stores of one pod, as its containers use them: init settles, sync saves, and finishes when it stops.
  private func livePod(
    _ cluster: LayoutCluster, _ node: String, _ layout: Contract.OffsetLayout,
    from previous: Contract.OffsetLayout? = nil, expecting: UInt64?, storing: UInt64
  ) throws {
    let initial = try store(cluster, node, layout, from: previous)
    #expect(try initial.load() == expecting.map { Self.payload($0) })
    initial.settle()
    let sync = try store(cluster, node, layout, from: previous)
    _ = try sync.load()
    try sync.save(Self.payload(storing))
    // A container that died and came back in the same pod.
    let again = try store(cluster, node, layout, from: previous)
    #expect(try again.load() == Self.payload(storing))
    try again.save(Self.payload(storing + 1))
    again.finish()
  }

  @Test func aMixedFleetGoesThereAndBackWithoutLoss() throws {
    let nodes = ["node-a", "node-b", "node-c"]
    let cluster = try LayoutCluster(nodes: nodes)
    for node in nodes { try livePod(cluster, node, .shared, expecting: nil, storing: 10) }
    // Rollout to one map for each node: one after the other, the others go on.
    for (index, node) in nodes.enumerated() {
      try livePod(cluster, node, .perNode, expecting: 11, storing: 20)
      #expect(try sharedKeys(cluster) == Array(nodes[index...]))
      // The next pod needs the former entry no more.
      try livePod(cluster, node, .perNode, expecting: 21, storing: 30)
      #expect(try sharedKeys(cluster) == Array(nodes[(index + 1)...]))
    }
    // And back.
    for node in nodes {
      try livePod(cluster, node, .shared, from: .perNode, expecting: 31, storing: 40)
      #expect(try cluster.map("rel-filelogoffsets-node-\(node)")?["binaryData"]?[node] != nil)
      try livePod(cluster, node, .shared, from: .perNode, expecting: 41, storing: 50)
      #expect(try cluster.map("rel-filelogoffsets-node-\(node)")?["binaryData"]?[node] == nil)
      try livePod(cluster, node, .shared, expecting: 51, storing: 60)
    }
    #expect(try sharedKeys(cluster) == nodes)
  }

  /// `kubectl rollout undo`: the pod of before knows one place only, and goes on where its successor
  /// stopped; and so does the next one of the new layout.
  @Test func undoneSwitchGoesOnWhereItStopped() throws {
    let cluster = try LayoutCluster()
    try livePod(cluster, "node-a", .shared, expecting: nil, storing: 10)
    try livePod(cluster, "node-a", .perNode, expecting: 11, storing: 20)
    try livePod(cluster, "node-a", .shared, expecting: 21, storing: 30)
    try livePod(cluster, "node-a", .perNode, expecting: 31, storing: 40)
    // Undone again, then for good.
    try livePod(cluster, "node-a", .shared, expecting: 41, storing: 50)
    try livePod(cluster, "node-a", .perNode, expecting: 51, storing: 60)
    try livePod(cluster, "node-a", .perNode, expecting: 61, storing: 70)
    #expect(try sharedKeys(cluster) == [])
    // And back: a pod of nodes' maps looks into both places.
    try livePod(cluster, "node-a", .shared, from: .perNode, expecting: 71, storing: 80)
    try livePod(cluster, "node-a", .perNode, expecting: 81, storing: 90)
    try livePod(cluster, "node-a", .shared, from: .perNode, expecting: 91, storing: 100)
    try livePod(cluster, "node-a", .shared, from: .perNode, expecting: 101, storing: 110)
    #expect(
      try cluster.map("rel-filelogoffsets-node-node-a")?["binaryData"]?["node-a"] == nil)
  }

  @Test(arguments: [
    (Contract.OffsetLayout.perNode, Contract.OffsetLayout.shared), (.shared, .perNode),
  ])
  func theNewerIsTakenWhereBothHoldOne(_ to: Contract.OffsetLayout, _ from: Contract.OffsetLayout)
    throws
  {
    let cluster = try LayoutCluster()
    let here: any OffsetStore =
      to == .perNode
      ? try cluster.store()
      : SharedMapStore(client: try cluster.client(), maps: cluster.maps())
    let there: any OffsetStore =
      to == .shared
      ? try cluster.store()
      : SharedMapStore(client: try cluster.client(), maps: cluster.maps())
    for (mine, theirs) in [(5, 9), (9, 5), (7, 7)] as [(UInt64, UInt64)] {
      try here.save(Self.payload(mine, "here"))
      try there.save(Self.payload(theirs, "there"))
      let lines = CapturedLog()
      let found = try store(cluster, "node-a", to, from: from, lines).load()
      #expect(
        found == (theirs > mine ? Self.payload(theirs, "there") : Self.payload(mine, "here")))
      #expect(lines.count("from where they were stored before") == (theirs > mine ? 1 : 0))
    }
  }

  /// A rollout that was undone and done again: the other place was begun anew, and is the newer one.
  @Test(arguments: [
    (Contract.OffsetLayout.perNode, Contract.OffsetLayout.shared), (.shared, .perNode),
  ])
  func theLaterCommitIsTakenWhereHistoriesShareNothing(
    _ to: Contract.OffsetLayout, _ from: Contract.OffsetLayout
  ) throws {
    func payload(_ transaction: UInt64, _ seconds: Int?) -> [UInt8] {
      var content = database(transaction, "\(transaction)")
      content.writtenAt = seconds.map { .seconds($0) }
      return Payload.pack(
        Snapshot(files: ["receiver_filelog_": .database(content)]),
        directory: Payload.contractDirectory)
    }
    let cluster = try LayoutCluster()
    let shared = SharedMapStore(client: try cluster.client(), maps: cluster.maps())
    let perNode = try cluster.store()
    let long = payload(90_000, 1_795_860_000)
    let anew = payload(12, 1_795_860_060)
    let untold = payload(80_000, nil)
    for (here, there, expected) in [
      (long, anew, anew), (anew, long, anew), (untold, anew, untold), (long, untold, long),
    ] {
      try (to == .shared ? shared as any OffsetStore : perNode).save(here)
      try (to == .shared ? perNode as any OffsetStore : shared).save(there)
      #expect(try store(cluster, "node-a", to, from: from).load() == expected)
    }
  }

  @Test func whatIsDamagedIsNeverTheNewer() throws {
    let cluster = try LayoutCluster()
    let shared = SharedMapStore(client: try cluster.client(), maps: cluster.maps())
    try shared.save([1, 2, 3])
    try cluster.store().save(Self.payload(5))
    #expect(try store(cluster, "node-a", .perNode).load() == Self.payload(5))
    try cluster.store().save([4, 5, 6])
    try shared.save(Self.payload(3))
    #expect(try store(cluster, "node-a", .perNode).load() == Self.payload(3))
    try cluster.patchMap("rel-filelogoffsets-node-node-a", ["data": ["_parts.json": "{}"]])
    #expect(try store(cluster, "node-a", .perNode).load() == Self.payload(3))
    try shared.remove()
    let alone = try store(cluster, "node-a", .perNode)
    let error = #expect(throws: StoreError.self) { try alone.load() }
    #expect(error?.code == .damaged)
  }

  /// Payloads of earlier versions do not tell when they were committed; their receivers tell when they
  /// last read something.
  @Test func theLaterReadIsTakenWhereCommitsAreNotTold() throws {
    func payload(_ transaction: UInt64, _ read: Int64) -> [UInt8] {
      let value = Checkpoint(files: [
        KnownFile(fingerprint: Array("x".utf8), offset: 1, lastDataChange: read)
      ]).encoded()
      let bucket = BoltBucket(entries: [
        .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
      ])
      let root = BoltBucket(entries: [
        .init(key: Checkpoint.bucket[...], content: .bucket(bucket))
      ])
      return Payload.pack(
        Snapshot(files: [
          "receiver_filelog_": .database(
            BoltContent(transaction: transaction, pageSize: 4096, root: root))
        ]), directory: Payload.contractDirectory)
    }
    let cluster = try LayoutCluster()
    let long = payload(90_000, 1_795_860_000_000_000_000)
    let anew = payload(12, 1_795_860_060_000_000_000)
    for (here, there) in [(long, anew), (anew, long)] {
      try cluster.store().save(here)
      try SharedMapStore(client: try cluster.client(), maps: cluster.maps()).save(there)
      #expect(try store(cluster, "node-a", .perNode).load() == anew)
    }
  }

  /// Also where no log line comes: until then both places have to be looked into.
  @Test func whatLiesInTheFormerPlaceIsStoredAnewAtOnce() throws {
    let cluster = try LayoutCluster()
    try cluster.store().save(Self.payload(3))
    let back = try store(cluster, "node-a", .shared, from: .perNode)
    let payload = try #require(try back.load()).whole
    #expect(back.mustBeSaved)
    // Nothing but the former place holds it.
    back.settle()
    back.finish()
    #expect(try cluster.store().load() == payload)
    try back.save(payload)
    #expect(!back.mustBeSaved)
    #expect(try sharedKeys(cluster) == ["node-a"])
    _ = try back.load()
    #expect(!back.mustBeSaved)
  }

  @Test func lookingWritesNothing() throws {
    let cluster = try LayoutCluster()
    try SharedMapStore(client: try cluster.client(), maps: cluster.maps())
      .save(Self.payload(3))
    _ = cluster.takeRequests()
    for _ in 0..<3 { _ = try store(cluster, "node-a", .perNode).load() }
    #expect(cluster.takeRequests().allSatisfy { $0.hasPrefix("GET ") })
    #expect(try cluster.map("rel-filelogoffsets-node-node-a") == nil)
  }

  @Test func aNodeThatCannotReachItsFormerEntryStoresAllTheSame() throws {
    let former = StubbornStore()
    let current = MemoryStore()
    let lines = CapturedLog()
    let store = MigratingStore(
      current, replacing: former, directory: Payload.contractDirectory, log: lines.log)
    #expect(try store.load() == Self.payload(3))
    #expect(store.mustBeSaved)
    for transaction in 4..<7 as Range<UInt64> {
      try store.save(Self.payload(transaction))
      #expect(!store.mustBeSaved)
    }
    #expect(current.saves.count == 3)
    #expect(former.attempts == 0)
    store.finish()
    #expect(lines.count("cannot bring the offsets up to date") == 1)
    _ = try store.load()
    store.settle()
    #expect(lines.count("cannot remove the offsets") == 1)
    #expect(former.attempts == 2)
  }

  private final class StubbornStore: FormerOffsetStore {
    let name = "stubborn"
    let used: Int? = nil
    private(set) var attempts = 0
    func load() -> StoredPayload? { StoredPayload(MigrationTests.payload(3)) }
    func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
      try remove()
      return Saved(whole: offer.whole)
    }
    func remove() throws(StoreError) {
      attempts += 1
      throw StoreError(.unavailable, "not now")
    }
  }

  /// Without the permission to look where offsets may lie, starting without them would lose them.
  @Test func goingBackWithoutPermissionFailsRatherThanForgets() throws {
    let cluster = try LayoutCluster()
    try cluster.store().save(Self.payload(3))
    try cluster.admin(
      "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/role",
      [
        "rules": [
          [
            "apiGroups": [""], "resources": ["configmaps"],
            "resourceNames": ["rel-filelogoffsets-cm"], "verbs": ["get", "patch"],
          ]
        ]
      ])
    let back = try store(cluster, "node-a", .shared, from: .perNode)
    let error = #expect(throws: StoreError.self) { try back.load() }
    #expect(error?.code == .forbidden)
  }
}
