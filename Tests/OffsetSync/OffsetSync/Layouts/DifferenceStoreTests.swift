import FilelogContract
import FilelogEncodings
import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// A base in the node's map and a difference in a map of its own, in every order of writes.
@Suite struct DifferenceStoreTests {
  private static let map = "rel-filelogoffsets-node-node-a"
  private static let difference = "rel-filelogoffsets-diff-node-a"
  /// A new base is due every few stores, and takes parts or not; or steps are due every few stores.
  static let everyLimits = [
    PerNodeMapStore.Limits(overheads: .init(base: 0, step: 0)),
    PerNodeMapStore.Limits(part: 700, whole: 700, overheads: .init(base: 0, step: 0)),
    PerNodeMapStore.Limits(overheads: .init(base: 3000, step: 0)),
  ]

  static func offer(_ state: SnapshotState) -> PayloadOffer {
    PayloadOffer(state, directory: Payload.contractDirectory)
  }

  /// What is stored, by its digest; nil when nothing is.
  static func found(_ cluster: LayoutCluster, _ limits: PerNodeMapStore.Limits = .init())
    throws -> [UInt8]?
  {
    try cluster.store(limits: limits).load().map { name(try Payload.unpack($0)) }
  }

  static func name(_ state: SnapshotState) -> [UInt8] { name(state.snapshot) }

  static func name(_ snapshot: Snapshot) -> [UInt8] {
    let snapshot = snapshot.withoutTimes
    return StateDigest.bytes(of: snapshot, snapshot.digests)
  }

  /// Stores a node of five files as it grows.
  private static func saveGrown(
    _ node: inout GrowingNode, times: Int = 1, _ store: any OffsetStore
  ) throws {
    for _ in 0..<times {
      node.pass()
      node.grow(0..<5)
      _ = try store.save(offer(node.state))
    }
  }

  // MARK: One writer

  @Test func aStoreIsOneSmallPatch() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 50)
    #expect(try store.load() == nil)
    let first = try store.save(Self.offer(node.state))
    #expect(first.written == first.payload.whole.count)
    #expect(
      cluster.takeRequests() == [
        "GET \(Self.map)", "GET \(Self.map)", "PATCH \(Self.map)", "GET \(Self.map)",
        "GET \(Self.difference)", "PATCH \(Self.difference)", "PATCH \(Self.difference)",
        "PATCH \(Self.map)",
      ])
    for _ in 0..<3 {
      node.pass()
      node.grow(0..<50)
      let saved = try store.save(Self.offer(node.state))
      #expect(saved.written < 400)
      #expect(cluster.takeRequests() == ["PATCH \(Self.difference)"])
      #expect(try Self.found(cluster) == Self.name(node.state))
      #expect(
        cluster.takeRequests() == ["GET \(Self.map)", "GET \(Self.difference)"])
    }
    // A sidecar that is started anew goes on with the same base.
    let restarted = try cluster.store()
    _ = try restarted.load()
    _ = cluster.takeRequests()
    node.pass()
    node.grow(0..<50)
    _ = try restarted.save(Self.offer(node.state))
    #expect(cluster.takeRequests() == ["PATCH \(Self.difference)"])
  }

  @Test func theMapOfTheDifferenceCarriesNextToNothing() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 50)
    for _ in 0..<2 {
      _ = try store.save(Self.offer(node.state))
      node.pass()
      node.grow(0..<50)
    }
    let base = try #require(try cluster.map(Self.map))
    let metadata = try #require(try cluster.map(Self.difference)?["metadata"])
    #expect(
      metadata["labels"] == [
        "app.kubernetes.io/instance": "rel", "dash0.com/filelog-offsets": "difference",
      ])
    #expect(
      metadata["ownerReferences"] == [
        [
          "apiVersion": "v1", "kind": "ConfigMap", "name": .string(Self.map),
          "uid": base["metadata"]?["uid"] ?? .null,
        ]
      ])
    #expect(metadata["managedFields"] == nil && metadata["annotations"] == nil)
  }

  /// Files that come and go make differences grow, until a new base costs less.
  @Test func aNewBaseIsWrittenWhenDifferencesHaveCostAsMuch() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 100)
    _ = try store.save(Self.offer(node.state))
    var (bases, written) = (0, 0)
    for round in 0..<120 {
      if round % 6 != 0 {
        node.add()
        node.remove(0)
      }
      node.pass()
      node.grow(0..<20)
      let saved = try store.save(Self.offer(node.state))
      written += saved.written
      if saved.payload.changes.isEmpty { bases += 1 }
      #expect(saved.payload.changedBytes < saved.payload.whole.count)
    }
    #expect(try Self.found(cluster) == Self.name(node.state))
    #expect((1...4).contains(bases), "\(bases)")
    #expect(written / 120 < 2200, "\(written / 120)")
  }

  // MARK: Steps

  private static let steps = "rel-filelogoffsets-part-31-node-a"
  private static let manySteps = PerNodeMapStore.Limits(overheads: .init(base: 60000, step: 0))

  /// Stores a node to which files come until steps are in force.
  private static func saveWithSteps(
    _ node: inout GrowingNode, _ store: PerNodeMapStore, _ cluster: LayoutCluster
  ) throws {
    _ = try store.save(offer(node.state))
    for _ in 0..<6 {
      node.add()
      try saveGrown(&node, store)
    }
    try #require(try cluster.map(steps)?["binaryData"]?["node-a"]?.string != nil)
  }

  @Test func whatIsNewInEveryDifferenceIsSetAside() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.manySteps)
    var node = GrowingNode(files: 5)
    _ = try store.save(Self.offer(node.state))
    var requests: [[String]] = []
    var written: [Int] = []
    for _ in 0..<8 {
      node.add()
      node.change { $0.reverse() }
      _ = cluster.takeRequests()
      written.append(try store.save(Self.offer(node.state)).written)
      requests.append(cluster.takeRequests())
      #expect(try Self.found(cluster) == Self.name(node.state))
    }
    let (small, step) = (["PATCH \(Self.difference)"], "PATCH \(Self.steps)")
    // The map is made before the store after which it may be written.
    #expect(requests.filter { $0 == [step, step] + small || $0 == [step] + small }.count >= 2)
    #expect(requests.contains([step] + small))
    #expect(written[7] < 1500, "\(written)")
    // A sidecar that is started anew goes on with base and steps.
    let restarted = try cluster.store(limits: Self.manySteps)
    _ = try restarted.load()
    _ = cluster.takeRequests()
    try Self.saveGrown(&node, restarted)
    #expect(cluster.takeRequests() == small)
    #expect(try Self.found(cluster) == Self.name(node.state))
    // A pod that stops leaves none.
    restarted.finish()
    #expect(try cluster.map(Self.steps)?["binaryData"] == nil)
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  /// With the steps goes what was stored since the base, as with a difference; the next store replaces
  /// all of it.
  @Test(arguments: [false, true])
  func stepsThatAreTakenAwayOrDamagedAreReported(_ areDamaged: Bool) throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.manySteps)
    var node = GrowingNode(files: 5)
    try Self.saveWithSteps(&node, store, cluster)
    if areDamaged {
      try cluster.patchMap(Self.steps, ["binaryData": ["node-a": "AAAA"]])
    } else {
      try cluster.admin("DELETE", "/api/v1/namespaces/monitoring/configmaps/\(Self.steps)")
    }
    let lines = CapturedLog()
    let restarted = try cluster.store(log: lines.log, limits: Self.manySteps)
    #expect(try restarted.load()?.changes == [])
    #expect(lines.count("the difference to the stored offsets cannot be read") == 1)
    for _ in 0..<2 {
      node.add()
      try Self.saveGrown(&node, restarted)
      #expect(try Self.found(cluster) == Self.name(node.state))
    }
  }

  /// Lists of versions 2 and 3 are of sidecars that know no steps, or no differences of this form: they
  /// must not find any.
  @Test(arguments: [2, 3]) func nothingIsStoredForReadersThatDoNotKnowIt(_ version: Int) throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 5)
    try Self.saveGrown(&node, times: 2, store)
    let list = try #require(try cluster.map(Self.map)?["data"]?["_parts.json"]?.string)
    let earlier = list.replacing(#""version":4"#, with: #""version":\#(version)"#)
    #expect(earlier != list)
    try cluster.patchMap(Self.map, ["data": ["_parts.json": .string(earlier)]])
    #expect(try Self.found(cluster) == Self.name(node.state))
    let present = try cluster.store()
    _ = try present.load()
    node.pass()
    let saved = try present.save(Self.offer(node.state))
    #expect(saved.payload.changes.isEmpty)
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  /// One writer sets changes aside, and another stores before it refers to them: what the first wrote does not
  /// count, and what the other refers to is still there.
  @Test func aStepThatComesTooLateChangesNothing() throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    try Self.saveWithSteps(&node, try cluster.store(limits: Self.manySteps), cluster)
    let other = try cluster.store(limits: Self.manySteps)
    _ = try other.load()
    var state = node.state
    var isOvertaken = false
    var interference = LayoutCluster.Interference()
    interference.before = { (_) throws(HTTPFailure) in
      // Between the steps and the difference that refers to them.
      guard !isOvertaken, let last = cluster.requests.last, last.changed,
        last.what == "PATCH \(Self.steps)"
      else { return }
      isOvertaken = true
      _ = try? other.save(Self.offer(state))
    }
    let writer = try cluster.store(limits: Self.manySteps, interference)
    _ = try writer.load()
    for _ in 0..<20 where !isOvertaken {
      node.add()
      node.pass()
      node.grow(0..<5)
      state = node.state
      _ = try writer.save(Self.offer(state))
    }
    #expect(isOvertaken)
    #expect(try Self.found(cluster, Self.manySteps) == Self.name(node.state))
  }

  @Test(arguments: everyLimits)
  func everythingIsFoundAgainWhateverChanges(_ limits: PerNodeMapStore.Limits) throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: limits)
    var node = GrowingNode(files: 3)
    var random = SeededRandom(seed: 5)
    for _ in 0..<25 {
      if Int.random(in: 0..<4, using: &random) == 0 { node.add() }
      if Int.random(in: 0..<4, using: &random) == 0 { node.remove(0) }
      // A receiver writes its entries in any order.
      node.change { $0.shuffle(using: &random) }
      node.pass()
      node.grow(0..<3)
      _ = try store.save(Self.offer(node.state))
      #expect(try Self.found(cluster, limits) == Self.name(node.state))
    }
  }

  // MARK: Garbage collection, and what is taken away

  @Test func theDifferenceGoesWithTheBase() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 5)
    _ = try store.save(Self.offer(node.state))
    try cluster.removeNode("node-a")
    #expect(try cluster.map(Self.map) == nil)
    #expect(try cluster.map(Self.difference) == nil)
    // A node of that name comes again.
    try cluster.addNode("node-a")
    let anew = try cluster.store()
    #expect(try anew.load() == nil)
    node.pass()
    _ = try anew.save(Self.offer(node.state))
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  /// The cluster has not removed the old node's map yet: nothing of it may be lost.
  @Test func aNodeMadeAnewTakesBaseAndDifferenceOver() throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    let old = try cluster.store()
    try Self.saveGrown(&node, times: 3, old)
    try cluster.patchMap(
      Self.map,
      [
        "metadata": [
          "ownerReferences": [
            ["apiVersion": "v1", "kind": "Node", "name": "node-a", "uid": "the-old-one"]
          ]
        ]
      ])
    let store = try cluster.store()
    _ = try store.load()
    #expect(store.mustBeSaved)
    _ = try store.save(Self.offer(node.state))
    #expect(!store.mustBeSaved)
    #expect(try Self.found(cluster) == Self.name(node.state))
    #expect(try cluster.map(Self.difference) != nil)
  }

  @Test(arguments: [false, true])
  func aMapThatIsTakenAwayIsMadeAgain(_ takesBase: Bool) throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    let store = try cluster.store()
    try Self.saveGrown(&node, times: 2, store)
    try cluster.admin(
      "DELETE",
      "/api/v1/namespaces/monitoring/configmaps/\(takesBase ? Self.map : Self.difference)")
    if !takesBase {
      let lines = CapturedLog()
      _ = try cluster.store(log: lines.log).load()
      #expect(lines.count("the difference to the stored offsets is gone") == 1)
    }
    for _ in 0..<2 {
      try Self.saveGrown(&node, store)
      #expect(try Self.found(cluster) == Self.name(node.state))
    }
  }

  @Test func aDifferenceThatIsDamagedIsReportedAndReplaced() throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    let store = try cluster.store()
    _ = try store.save(Self.offer(node.state))
    let base = Self.name(node.state)
    try Self.saveGrown(&node, store)
    try cluster.patchMap(Self.difference, ["binaryData": ["node-a": "AAAA"]])
    let lines = CapturedLog()
    let restarted = try cluster.store(log: lines.log)
    let snapshot = try Payload.unpack(try #require(try restarted.load()))
    #expect(Self.name(snapshot) == base)
    #expect(lines.count("the difference to the stored offsets cannot be read") == 1)
    node.pass()
    _ = try restarted.save(Self.offer(node.state))
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  /// An administrator puts a payload back that was kept somewhere: it is what counts from then on.
  @Test func aPayloadThatIsPutBackByHandIsTheTruth() throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    let kept = node.state
    let store = try cluster.store()
    try Self.saveGrown(&node, times: 3, store)
    let payload = Payload.pack(kept.snapshot, directory: Payload.contractDirectory)
    try cluster.patchMap(
      Self.map, ["binaryData": ["node-a": .string(Base64.encode(payload))]])
    #expect(try Self.found(cluster) == Self.name(kept))
    let restarted = try cluster.store()
    _ = try restarted.load()
    node.pass()
    _ = try restarted.save(Self.offer(node.state))
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  // MARK: Other versions

  /// What an earlier version finds while differences are stored is not the truth, and it must see that;
  /// its reader is the one of the list of parts, which knows one version only.
  @Test func anEarlierVersionRefusesABaseThatHasDifferences() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    var node = GrowingNode(files: 5)
    _ = try store.save(Self.offer(node.state))
    let list = try #require(try cluster.map(Self.map)?["data"]?["_parts.json"]?.string)
    #expect(try JSONValue(parsing: list)["version"]?.integer == 4)
    try Self.saveGrown(&node, store)
    // A pod that ends in order leaves everything in the form of before.
    store.finish()
    let sealed = try #require(try cluster.map(Self.map))
    let text = try #require(sealed["data"]?["_parts.json"]?.string)
    #expect(try JSONValue(parsing: text)["version"]?.integer == 1)
    let payload = try #require(
      sealed["binaryData"]?["node-a"]?.string.flatMap { Base64.decode($0) })
    let snapshot = try Payload.unpack(payload)
    #expect(Self.name(snapshot) == Self.name(node.state))
    #expect(try Self.found(cluster) == Self.name(node.state))
  }

  /// An earlier version stores a whole payload with a list of version 1, or none; then the difference
  /// that still lies there is not looked at.
  @Test(arguments: [true, false])
  func whatAnEarlierVersionStoresIsTheTruth(_ hasList: Bool) throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    let store = try cluster.store()
    try Self.saveGrown(&node, times: 3, store)
    node.pass()
    node.grow(0..<5)
    let payload = Payload.pack(node.snapshot, directory: Payload.contractDirectory)
    try cluster.patchMap(
      Self.map,
      [
        "binaryData": ["node-a": .string(Base64.encode(payload))],
        "data": ["_parts.json": hasList ? .string(PartsManifest(round: 1).text) : .null],
      ])
    #expect(try Self.found(cluster) == Self.name(node.state))
    // The sidecar that still runs learns of it with its next store.
    node.pass()
    node.grow(0..<5)
    let restarted = try cluster.store()
    _ = try restarted.load()
    for _ in 0..<2 {
      try Self.saveGrown(&node, restarted)
      #expect(try Self.found(cluster) == Self.name(node.state))
    }
  }

  @Test(arguments: [
    (Contract.OffsetLayout.perNode, Contract.OffsetLayout.shared), (.shared, .perNode),
  ])
  func aSwitchTakesTheDifferenceAlong(
    _ to: Contract.OffsetLayout, _ from: Contract.OffsetLayout
  ) throws {
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 5)
    func store(_ layout: Contract.OffsetLayout, _ previous: Contract.OffsetLayout?) throws
      -> any OffsetStore
    {
      var maps = cluster.maps()
      maps.layout = layout
      maps.previousLayout = previous
      return makeOffsetStore(
        client: try cluster.client(), maps: maps, directory: Payload.contractDirectory,
        log: CapturedLog().log)
    }
    for round in 0..<4 {
      let (layout, previous) = round % 2 == 0 ? (from, to) : (to, from)
      let current = try store(layout, previous)
      let loaded = try current.load().map { try Payload.unpack($0).digests }
      #expect(round == 0 || loaded == node.state.digests)
      try Self.saveGrown(&node, times: 3, current)
    }
  }

  /// The policy of an earlier version knows no map of that name: then everything is as it was.
  @Test func whereDifferencesAreForbiddenWholePayloadsAreStored() throws {
    let cluster = try LayoutCluster()
    try cluster.admin(
      "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/role",
      [
        "rules": [
          [
            "apiGroups": [""], "resources": ["configmaps"],
            "resourceNames": ["rel-filelogoffsets-cm", .string(Self.map)],
            "verbs": ["get", "create", "patch"],
          ]
        ]
      ])
    let lines = CapturedLog()
    let store = try cluster.store(log: lines.log)
    var node = GrowingNode(files: 5)
    for _ in 0..<3 {
      try Self.saveGrown(&node, store)
      #expect(try Self.found(cluster) == Self.name(node.state))
    }
    #expect(lines.count("differences may not be stored") == 1)
    let payload = Payload.pack(node.snapshot, directory: Payload.contractDirectory)
    #expect(try cluster.map(Self.map)?["binaryData"]?["node-a"]?.string == Base64.encode(payload))
  }
}
