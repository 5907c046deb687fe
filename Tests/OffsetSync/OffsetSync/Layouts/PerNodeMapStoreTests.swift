import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct PerNodeMapStoreTests {
  private static let map = "rel-filelogoffsets-node-node-a"

  @Test func theFirstStoreMakesAMapThatTheNodeOwns() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    #expect(try store.load() == nil)
    try store.save([1, 2, 3])
    #expect(
      cluster.takeRequests() == [
        "GET \(Self.map)", "GET \(Self.map)", "PATCH \(Self.map)", "GET \(Self.map)",
        "PATCH \(Self.map)",
      ])
    let map = try #require(try cluster.map(Self.map))
    let node = try #require(try cluster.admin("GET", "/api/v1/nodes/node-a"))
    #expect(
      map["metadata"]?["labels"] == [
        "app.kubernetes.io/instance": "rel", "app.kubernetes.io/managed-by": "dash0-operator",
        "dash0.com/filelog-offsets": "node",
      ])
    #expect(map["metadata"]?["annotations"] == ["dash0.com/filelog-offsets-node": "node-a"])
    #expect(
      map["metadata"]?["ownerReferences"] == [
        [
          "apiVersion": "v1", "kind": "Node", "name": "node-a",
          "uid": node["metadata"]?["uid"] ?? .null,
        ]
      ])
    #expect(map["binaryData"] == ["node-a": "AQID"])
    let applied = map["metadata"]?["managedFields"]?.array?.filter {
      $0["operation"]?.string == "Apply"
    }
    #expect(applied?.map { $0["manager"] } == ["filelog-offset-sync"])
    #expect(applied?.first?["fieldsV1"]?["f:binaryData"] == nil)
  }

  @Test func everyFurtherStoreIsOnePatch() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    try store.save([1])
    _ = cluster.takeRequests()
    for byte in 2..<5 as Range<UInt8> { try store.save([byte]) }
    #expect(cluster.takeRequests() == Array(repeating: "PATCH \(Self.map)", count: 3))
    let restarted = try cluster.store()
    #expect(try restarted.load() == [4])
    #expect(restarted.used == 1)
    _ = cluster.takeRequests()
    try restarted.save([5])
    #expect(cluster.takeRequests() == ["PATCH \(Self.map)"])
  }

  @Test func theMapGoesWithItsNode() throws {
    let cluster = try LayoutCluster()
    try cluster.store(limits: .init(part: 10, whole: 10)).save(Array(repeating: 7, count: 25))
    #expect(try cluster.filledMaps().count == 3)
    try cluster.removeNode("node-a")
    #expect(try cluster.filledMaps().isEmpty)
    #expect(try cluster.map(Self.map) == nil)
  }

  /// The cluster removes what the old node owned, sooner or later; the new one must not lose it.
  @Test func aNodeMadeAnewUnderItsNameTakesItsMapOver() throws {
    let cluster = try LayoutCluster()
    try cluster.store().save([1])
    // A collector that is late: the map is still there when the new node comes.
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
    #expect(try store.load() == [1])
    #expect(store.mustBeSaved)
    try store.save([1])
    #expect(!store.mustBeSaved)
    let node = try #require(try cluster.admin("GET", "/api/v1/nodes/node-a"))
    let owners = try cluster.map(Self.map)?["metadata"]?["ownerReferences"]?.array
    #expect(owners?.contains { $0["uid"] == node["metadata"]?["uid"] } == true)
    #expect(try store.load() == [1])
    #expect(!store.mustBeSaved)
  }

  @Test func withoutANodeInTheTokenTheMapHasNoOwnerAndThatIsSaidOnce() throws {
    let cluster = try LayoutCluster()
    let lines = CapturedLog()
    let store = try cluster.store(
      bound: false, log: lines.log, limits: .init(part: 10, whole: 10))
    try store.save([1])
    try store.save(Array(repeating: 2, count: 30))
    let map = try #require(try cluster.map(Self.map))
    #expect(map["metadata"]?["ownerReferences"] == nil)
    #expect(lines.count("Kubernetes before 1.30") == 1)
    #expect(try store.load() == Array(repeating: 2, count: 30))
    // Once the cluster tells, the map gets its owner.
    try cluster.store().save([3])
    #expect(try cluster.map(Self.map)?["metadata"]?["ownerReferences"] != nil)
  }

  @Test func aMapThatIsAnotherNodesIsNeverTakenNorWritten() throws {
    let cluster = try LayoutCluster(nodes: ["node-a", "node-b"])
    try cluster.store().save([1])
    try cluster.patchMap(
      Self.map, ["metadata": ["annotations": ["dash0.com/filelog-offsets-node": "node-b"]]])
    let store = try cluster.store()
    let error = StoreError(
      .damaged, "config map monitoring/\(Self.map) belongs to another node, by its annotation")
    #expect(throws: error) { try store.load() }
    #expect(throws: error) { try store.save([2]) }
    #expect(try cluster.map(Self.map)?["binaryData"] == ["node-a": "AQ=="])
  }

  @Test func aMissingPermissionIsSaid() throws {
    let cluster = try LayoutCluster()
    try cluster.admin(
      "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring/roles/role",
      ["rules": [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]]]])
    let store = try cluster.store()
    let error = #expect(throws: StoreError.self) { try store.save([1]) }
    #expect(error?.code == .forbidden)
    #expect(
      error?.description.hasSuffix(
        "; the pod's service account needs get, create and patch on config maps in the namespace "
          + "monitoring") == true)
  }

  @Test func aFullMapIsSaid() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    try store.save([1])
    let filler = String(repeating: "x", count: 1_048_575)
    try cluster.patchMap(Self.map, ["data": ["note": .string(filler)]])
    let error = #expect(throws: StoreError.self) { try store.save([1, 2]) }
    #expect(error?.code == .full)
    #expect(
      error?.description.hasSuffix(
        "; config map monitoring/\(Self.map) holds something else than this node's offsets, which "
          + "take 2 bytes") == true)
  }

  @Test func aMapThatIsRemovedIsMadeAgain() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    try store.save([1])
    try cluster.admin("DELETE", "/api/v1/namespaces/monitoring/configmaps/\(Self.map)")
    try store.save([2])
    #expect(try cluster.store().load() == [2])
  }

  @Test func namesAreHashedWhereTheyWouldBeTooLong() {
    let long = String(repeating: "n", count: 240)
    let names = NodeMapNames(sharedMap: "rel-filelogoffsets-cm", node: long)
    #expect(names.map.utf8.count <= 253)
    #expect(names.map.hasPrefix("rel-filelogoffsets-node--"))
    #expect(names.map.utf8.count == "rel-filelogoffsets-node--".utf8.count + 64)
    #expect(names.part(31).hasPrefix("rel-filelogoffsets-part-31--"))
    let just = String(repeating: "n", count: 253 - "rel-filelogoffsets-part-0-".utf8.count)
    let plain = NodeMapNames(sharedMap: "rel-filelogoffsets-cm", node: just)
    #expect(plain.map == "rel-filelogoffsets-node-\(just)")
    #expect(plain.part(0).hasPrefix("rel-filelogoffsets-part-0-n"))
    #expect(plain.part(10).hasPrefix("rel-filelogoffsets-part-10--"))
  }

  @Test func aNodeWithALongNameHasItsMapToo() throws {
    let node = String(repeating: "n", count: 200) + ".example.com"
    let other = String(repeating: "n", count: 200) + ".example.org"
    let cluster = try LayoutCluster(nodes: [node])
    var maps = cluster.maps(node)
    maps.sharedMap = String(repeating: "r", count: 53) + "-filelogoffsets-cm"
    let store = PerNodeMapStore(
      client: try cluster.client(node), maps: maps, log: CapturedLog().log)
    try store.save([1])
    #expect(try store.load() == [1])
    #expect(
      NodeMapNames(sharedMap: maps.sharedMap, node: node).map
        != NodeMapNames(sharedMap: maps.sharedMap, node: other).map)
  }
}
