import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// Writes that change nothing leave the object as it is, resource version included.
@Suite struct NoOpTests {
  @Test(
    .holds(.repeatedMergePatch), arguments: ["", "?fieldManager=first", "?fieldManager=second"])
  func aMergePatchOfWhatIsThere(_ query: String) throws {
    let cluster = try TestCluster.withMap()
    let patch: JSONValue = ["binaryData": ["n": "AAEC"]]
    let first = cluster.merge(Maps.path("m") + "?fieldManager=first", patch)
    cluster.moveTime(by: 10)
    let second = cluster.merge(Maps.path("m") + query, patch)
    #expect(second.status == 200)
    #expect(second.bytes == first.bytes)
    #expect(!second.changed)
  }

  @Test(.holds(.repeatedJSONPatch)) func aJSONPatchOfWhatIsThere() throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"]])
    let before = cluster.get(Maps.path("m"))
    let reply = cluster.patch(
      Maps.path("m"), [["op": "add", "path": "/data/a", "value": "1"]])
    #expect(reply.status == 200)
    #expect(reply.bytes == before.bytes)
  }

  @Test(.holds(.repeatedPut)) func puttingBackWhatIsThere() throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"]])
    let before = cluster.get(Maps.path("m"))
    cluster.moveTime(by: 10)
    let reply = cluster.put(Maps.path("m"), before.json)
    #expect(reply.status == 200)
    #expect(reply.bytes == before.bytes)
    #expect(!reply.changed)
  }

  @Test(.holds(.repeatedApply, .newApplier)) func aNewManagerThatAppliesTheSameMovesTheVersionOnce()
    throws
  {
    let cluster = try TestCluster()
    let map = Maps.object("m", ["data": ["a": "1"]])
    let first = cluster.apply(Maps.path("m") + "?fieldManager=one", map)
    cluster.moveTime(by: 10)
    let second = cluster.apply(Maps.path("m") + "?fieldManager=two", map)
    #expect(second.changed)
    #expect(second.resourceVersion != first.resourceVersion)
    let managers = second.json["metadata"]?["managedFields"]?.array ?? []
    #expect(managers.map { $0["manager"] } == ["two", "one"])
    // Nothing was changed by the second, so it has no time.
    #expect(managers[0]["time"] == nil)
    let third = cluster.apply(Maps.path("m") + "?fieldManager=two", map)
    #expect(!third.changed)
    #expect(third.bytes == second.bytes)
  }

  @Test(.holds(.removedKey)) func removingAKeyThatIsNotThere() throws {
    let cluster = try TestCluster.withMap(["binaryData": ["a": "AA=="]])
    let before = cluster.get(Maps.path("m"))
    let reply = cluster.merge(Maps.path("m"), ["binaryData": ["b": .null]])
    #expect(reply.bytes == before.bytes)
  }

  @Test func aDryRunStoresNothing() throws {
    let cluster = try TestCluster.withMap()
    let version = cluster.get(Maps.path("m")).resourceVersion
    let patched = cluster.merge(Maps.path("m") + "?dryRun=All", ["data": ["a": "1"]])
    #expect(patched.json["data"] == .some(["a": "1"]))
    #expect(cluster.post(Maps.all + "?dryRun=All", Maps.object("n")).status == 201)
    #expect(
      cluster.apply(Maps.path("n") + "?dryRun=All&fieldManager=x", Maps.object("n")).status == 201)
    #expect(cluster.send("DELETE", Maps.path("m") + "?dryRun=All").status == 200)
    #expect(cluster.get(Maps.path("m")).resourceVersion == version)
    #expect(cluster.get(Maps.path("n")).status == 404)
  }
}
