import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// Server-side apply, replacing, and who owns which field.
@Suite struct ApplyTests {
  private let cluster: TestCluster

  /// A map that a sync sidecar has written two nodes' keys into.
  init() throws {
    cluster = try TestCluster()
    // A map that is created without any field would not be tracked.
    var map = Maps.object("m")
    map["metadata"]?["labels"] = ["made": "by-hand"]
    #expect(cluster.post(Maps.all + "?fieldManager=creator", map).status == 201)
    for node in ["nodeA", "nodeB"] {
      let patch: JSONValue = ["binaryData": .object([node: "AAEC"])]
      #expect(cluster.merge(Maps.path("m") + "?fieldManager=\(node)", patch).status == 200)
    }
  }

  private func apply(
    _ manager: String, _ members: JSONValue = [:], force: Bool = false
  ) -> TestCluster.Reply {
    cluster.apply(
      Maps.path("m") + "?fieldManager=\(manager)" + (force ? "&force=true" : ""),
      Maps.object("m", members))
  }

  private let nodes: JSONValue = ["nodeA": "AAEC", "nodeB": "AAEC"]

  @Test(
    .holds(.manifestPreservesKeys),
    arguments: [[:], ["binaryData": [:]], ["binaryData": .null]] as [JSONValue])
  func aManifestWithoutKeysPreservesThem(_ members: JSONValue) {
    var manifest = Maps.object("m", members)
    manifest["metadata"]?["labels"] = ["app": "x"]
    for _ in 0..<2 {
      let reply = cluster.apply(Maps.path("m") + "?fieldManager=helmop&force=true", manifest)
      #expect(reply.status == 200)
      #expect(reply.json["binaryData"] == .some(nodes))
    }
  }

  @Test(.holds(.mergedManifestPreservesKeys)) func aMergePatchOfTheManifestPreservesThem() {
    let reply = cluster.merge(Maps.path("m"), Maps.object("m"))
    #expect(reply.json["binaryData"] == .some(nodes))
  }

  @Test(.holds(.sharedManagerPreservesKeys)) func anOperatorThatSharesTheWritersNamePreservesThem()
  {
    #expect(apply("nodeA").json["binaryData"] == .some(nodes))
    #expect(apply("nodeA").json["binaryData"] == .some(nodes))
  }

  @Test(.holds(.resetOwnersPreserveKeys)) func applyingAfterTheOwnersWereForgottenPreservesThem() {
    let reset = cluster.merge(Maps.path("m"), ["metadata": ["managedFields": [[:]]]])
    #expect(reset.json["metadata"]?["managedFields"] == nil)
    let reply = apply("helmop", ["data": ["a": "1"]])
    #expect(reply.json["binaryData"] == .some(nodes))
    let managers = (reply.json["metadata"]?["managedFields"]?.array ?? []).map { $0["manager"] }
    #expect(managers == ["helmop", "before-first-apply"])
  }

  @Test(.holds(.untracked)) func aForgottenObjectIsNotTrackedUntilItIsApplied() {
    _ = cluster.merge(Maps.path("m"), ["metadata": ["managedFields": [[:]]]])
    let reply = cluster.merge(Maps.path("m"), ["data": ["a": "1"]])
    #expect(reply.json["metadata"]?["managedFields"] == nil)
  }

  @Test(.holds(.replacingWipes)) func replacingWipesThemAndTheirOwners() {
    let reply = cluster.put(Maps.path("m") + "?fieldManager=putter", Maps.object("m"))
    #expect(reply.status == 200)
    #expect(reply.json["binaryData"] == nil)
    let managers = (reply.json["metadata"]?["managedFields"]?.array ?? []).map { $0["manager"] }
    #expect(managers.isEmpty)
  }

  @Test(.holds(.applierTakesBack)) func aManagerTakesBackWhatItAppliedAndNowOmits() {
    _ = apply("one", ["data": ["a": "1", "b": "2"]])
    let reply = apply("one", ["data": ["a": "1"]])
    #expect(reply.json["data"] == .some(["a": "1"]))
    #expect(apply("one").json["data"] == nil)
  }

  @Test(.holds(.appliersOfOneName)) func twoNodesUnderOneNameDeleteEachOthersKeys() {
    _ = apply("sync", ["binaryData": ["n1": "AA=="]])
    let reply = apply("sync", ["binaryData": ["n2": "AA=="]])
    #expect(reply.json["binaryData"] == .some(["nodeA": "AAEC", "nodeB": "AAEC", "n2": "AA=="]))
  }

  @Test func whatAnotherManagerAlsoAppliesStays() {
    _ = apply("one", ["data": ["a": "1"]])
    _ = apply("two", ["data": ["a": "1"]])
    #expect(apply("one").json["data"] == .some(["a": "1"]))
    #expect(apply("two").json["data"] == nil)
  }

  @Test(.holds(.foreignKeyConflict)) func aForeignKeyIsAConflict() {
    let reply = apply("other", ["binaryData": ["nodeA": "AAAA"]])
    #expect(
      reply.text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Apply failed \
        with 1 conflict: conflict with \\"nodeA\\" using v1: .binaryData.nodeA","reason":"Conflict",\
        "details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \\"nodeA\\" \
        using v1","field":".binaryData.nodeA"}]},"code":409}
        """)
  }

  @Test func severalConflictsAreListedByManager() {
    _ = apply("app", ["data": ["a": "1"]])
    let reply = apply(
      "other", ["data": ["a": "2"], "binaryData": ["nodeA": "AAAA", "nodeB": "AAAA"]])
    #expect(
      reply.message == """
        Apply failed with 3 conflicts: conflicts with "app":
        - .data.a
        conflicts with "nodeA" using v1:
        - .binaryData.nodeA
        conflicts with "nodeB" using v1:
        - .binaryData.nodeB
        """)
  }

  @Test func forceTakesAForeignKeyOver() {
    let reply = apply("other", ["binaryData": ["nodeA": "AAAA"]], force: true)
    #expect(reply.json["binaryData"]?["nodeA"] == .some("AAAA"))
    let managers = (reply.json["metadata"]?["managedFields"]?.array ?? []).map { $0["manager"] }
    // nodeA keeps the map itself, which it created.
    #expect(managers == ["other", "creator", "nodeA", "nodeB"])
    let rest = reply.json["metadata"]?["managedFields"]?[2]?["fieldsV1"]
    #expect(rest == .some(["f:binaryData": [:]]))
  }

  @Test(.holds(.threeWriters)) func threeWritersAreThreeEntriesAndTheFirstOwnsTheMapItself() {
    let entries = cluster.get(Maps.path("m")).json["metadata"]?["managedFields"]?.array ?? []
    #expect(entries.map { $0["operation"] } == ["Update", "Update", "Update"])
    #expect(
      entries.map { $0["fieldsV1"] } == [
        ["f:metadata": ["f:labels": [".": [:], "f:made": [:]]]],
        ["f:binaryData": [".": [:], "f:nodeA": [:]]], ["f:binaryData": ["f:nodeB": [:]]],
      ])
  }

  @Test func moreThanTenUpdateManagersAreMergedTheOldestFirst() {
    for index in 10..<40 {
      cluster.moveTime(by: 1)
      let patch: JSONValue = ["binaryData": .object(["n\(index)": "AA=="])]
      _ = cluster.merge(Maps.path("m") + "?fieldManager=m\(index)", patch)
    }
    let entries = cluster.get(Maps.path("m")).json["metadata"]?["managedFields"]?.array ?? []
    #expect(entries.count == 10)
    #expect(entries[0]["manager"] == .some("ancient-changes"))
    #expect(entries.dropFirst().map { $0["manager"] } == (31..<40).map { .string("m\($0)") })
    // The map itself and 23 keys.
    #expect(entries[0]["fieldsV1"]?["f:binaryData"]?.object?.count == 24)
  }

  @Test func applyManagersAreNeverMerged() {
    for index in 0..<40 {
      _ = apply("m\(index)", ["data": .object(["k\(index)": "1"])])
    }
    let entries = cluster.get(Maps.path("m")).json["metadata"]?["managedFields"]?.array ?? []
    #expect(entries.count == 43)
  }

  @Test(.holds(.applierIsNamed)) func applyNeedsAManager() {
    let reply = cluster.apply(Maps.path("m"), Maps.object("m"))
    #expect(reply.status == 422)
    #expect(
      reply.message
        == "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required "
        + "for apply patch")
  }

  @Test(.holds(.managerNameLimit)) func aManagersNameHolds128Bytes() {
    let name = String(repeating: "x", count: 128)
    #expect(cluster.merge(Maps.path("m") + "?fieldManager=\(name)", [:]).status == 200)
    let reply = cluster.merge(Maps.path("m") + "?fieldManager=\(name)x", [:])
    #expect(
      reply.message
        == "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more "
        + "than 128 bytes")
  }

  @Test func listsOfNamedElementsAreMergedByName() throws {
    let path = "/apis/apps/v1/namespaces/default/daemonsets/d"
    let whole = Daemons.object(containers: [
      ["name": "a", "image": "a:1"],
      ["name": "b", "image": "b:1", "env": [["name": "X", "value": "1"]]],
    ])
    #expect(cluster.apply(path + "?fieldManager=op", whole).status == 201)
    let mine = Daemons.object(containers: [["name": "b", "image": "b:2"]])
    let conflict = cluster.apply(path + "?fieldManager=me", mine)
    #expect(
      conflict.message
        == #"Apply failed with 1 conflict: conflict with "op": .spec.template.spec"#
        + #".containers[name="b"].image"#)
    let forced = cluster.apply(path + "?fieldManager=me&force=true", mine)
    let containers = forced.json["spec"]?["template"]?["spec"]?["containers"]?.array ?? []
    #expect(containers.map { $0["image"] } == ["a:1", "b:2"])
    #expect(containers[1]["env"] == .some([["name": "X", "value": "1"]]))
  }

  @Test(.holds(.untracked)) func aMapThatIsCreatedEmptyIsNotTracked() {
    #expect(cluster.post(Maps.all, Maps.object("bare")).status == 201)
    let reply = cluster.merge(Maps.path("bare"), ["binaryData": ["n": "AAEC"]])
    #expect(reply.json["metadata"]?["managedFields"] == nil)
  }
}

/// Daemon sets for tests.
enum Daemons {
  static let all = "/apis/apps/v1/namespaces/default/daemonsets"

  static func object(
    _ name: String = "d", containers: JSONValue = [["name": "c", "image": "i:1"]]
  ) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": .string(name)],
      "spec": [
        "selector": ["matchLabels": ["app": "x"]],
        "template": [
          "metadata": ["labels": ["app": "x"]], "spec": ["containers": containers],
        ],
      ],
    ]
  }
}
