import FilelogJSON
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// What keeping books about the owners of two hundred keys costs, against what a real server and a
/// real etcd took.
@Suite struct OwnershipSizeTests {
  /// Keys of 43 characters, as long as node names of clouds are.
  private static let keys = (0..<200).map {
    "node-\(100 + $0)-" + String(repeating: "x", count: 34)
  }

  private func isNear(_ size: Int, _ real: Int) -> Bool { abs(size - real) * 100 <= real * 15 }

  private func check(
    _ cluster: TestCluster, entries: Int, bytes: Int, stored: Int,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let key = ObjectKey(resource: "configmaps", namespace: "default", name: "m")
    let object = cluster.get(Maps.path("m")).json
    let managed = object["metadata"]?["managedFields"]
    #expect(object["binaryData"]?.object?.count == 200, sourceLocation: location)
    #expect(managed?.array?.count ?? 0 == entries, sourceLocation: location)
    let size = managed.map { JSONWriter.compact.bytes($0).count } ?? 0
    #expect(isNear(size, bytes), "\(size) bytes of managed fields", sourceLocation: location)
    let whole = StoredSize.of(object, key)
    #expect(isNear(whole, stored), "\(whole) bytes in all", sourceLocation: location)
  }

  /// A map whose fields are tracked, and what its keys are written by.
  private func map() throws -> TestCluster {
    let cluster = try TestCluster()
    var map = Maps.object("m")
    map["metadata"]?["labels"] = ["a": "b"]
    #expect(cluster.post(Maps.all + "?fieldManager=creator", map).status == 201)
    return cluster
  }

  private func write(_ cluster: TestCluster, manager: (Int) -> String) {
    for (index, key) in Self.keys.enumerated() {
      let patch: JSONValue = ["binaryData": .object([key: "AAEC"])]
      _ = cluster.merge(Maps.path("m") + "?fieldManager=\(manager(index))", patch)
    }
  }

  @Test(.holds(.metadataWithOwners, .oneWriterOf200)) func oneManagerIsOneEntryBesidesTheCreators()
    throws
  {
    let cluster = try map()
    write(cluster) { _ in "writer" }
    try check(cluster, entries: 2, bytes: 10_410, stored: 20_661)
    let metadata = cluster.send(
      "GET", Maps.path("m"), accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
    #expect(isNear(metadata.bytes.count, 10_669))
  }

  @Test(.holds(.writersOf200)) func manyManagersAreTenEntries() throws {
    let cluster = try map()
    write(cluster) { Self.keys[$0] }
    try check(cluster, entries: 10, bytes: 11_996, stored: 21_640)
  }

  @Test(.holds(.appliersOf200)) func manyAppliersAreAsManyEntries() throws {
    let cluster = try TestCluster()
    for key in Self.keys {
      let map = Maps.object("m", ["binaryData": .object([key: "AAEC"])])
      #expect(cluster.apply(Maps.path("m") + "?fieldManager=\(key)", map).status < 300)
    }
    try check(cluster, entries: 200, bytes: 47_581, stored: 42_776)
  }

  @Test(.holds(.untracked)) func whatIsNotTrackedCostsNothing() throws {
    let cluster = try TestCluster()
    #expect(cluster.post(Maps.all, Maps.object("m")).status == 201)
    write(cluster) { _ in "writer" }
    try check(cluster, entries: 0, bytes: 0, stored: 10_392)
  }

  /// Any client that may patch a map may write owners that are nested so deep: every reader of maps
  /// must bear them.
  @Test(.holds(.deepOwners)) func ownersNestedAsDeepAsJSONMayBeAreStored() async throws {
    @Sendable func patch(_ levels: Int) -> [UInt8] {
      let owners =
        String(repeating: #"{"f:a":"#, count: levels) + "{}" + String(repeating: "}", count: levels)
      return Array(
        (#"{"metadata":{"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","#
          + #""fieldsType":"FieldsV1","time":"2026-01-01T00:00:00Z","fieldsV1":\#(owners)}]}}"#)
          .utf8)
    }
    let (stored, read, refused) = try await offPool(stackSize: 512 << 20) {
      let cluster = try TestCluster()
      _ = cluster.post(Maps.all, Maps.object("m"))
      func send(_ levels: Int) -> TestCluster.Reply {
        cluster.send("PATCH", Maps.path("m"), patch(levels), type: MediaTypes.mergePatch)
      }
      return (send(9_900), cluster.get(Maps.path("m")), send(10_001))
    }
    #expect(stored.status == 200)
    #expect(read.text.split(separator: "f:a", omittingEmptySubsequences: false).count == 9_901)
    #expect(refused.status == 400)
  }

  @Test(.holds(.managedFieldsBeyondLimit)) func managedFieldsDoNotCountTowardsTheMapsLimit() throws
  {
    var keys: [String: JSONValue] = ["big": Maps.base64(zeros: 1_048_576)]
    for index in 0..<1200 { keys["k\(1000 + index)" + String(repeating: "y", count: 199)] = "" }
    let reply = try TestCluster().post(Maps.all, Maps.object("m", ["binaryData": .object(keys)]))
    #expect(reply.status == 201)
    let managed = try #require(reply.json["metadata"]?["managedFields"])
    #expect(JSONWriter.compact.bytes(managed).count > 250_000)
  }
}
