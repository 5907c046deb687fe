import FilelogJSON
import Testing

@testable import EmulatedAPIServer

@Suite struct ConfigMapBasicsTests {
  let cluster: TestCluster

  init() throws { cluster = try TestCluster() }

  @Test func aCreatedMapIsThereWithItsMetadata() {
    let created = cluster.post(Maps.all, Maps.object("m", ["data": ["a": "1"]]))
    #expect(created.status == 201)
    let metadata = created.json["metadata"]
    #expect(metadata?["namespace"] == .some("default"))
    #expect(metadata?["creationTimestamp"] == .some("2023-11-14T22:13:20Z"))
    #expect(metadata?["uid"]?.string?.utf8.count == 36)
    #expect(cluster.get(Maps.path("m")).json == created.json)
  }

  @Test func aMergePatchChangesOnlyWhatItNames() {
    _ = cluster.post(Maps.all, Maps.object("m", ["binaryData": ["n1": "AAEC"]]))
    let patched = cluster.merge(Maps.path("m"), ["binaryData": ["n2": "AwQ="]])
    #expect(patched.status == 200)
    #expect(patched.json["binaryData"] == .some(["n1": "AAEC", "n2": "AwQ="]))
  }

  @Test func everyChangeMovesTheResourceVersion() throws {
    let created = cluster.post(Maps.all, Maps.object("m"))
    let patched = cluster.merge(Maps.path("m"), ["data": ["a": "1"]])
    let before = try #require(created.resourceVersion.flatMap { Int($0) })
    let after = try #require(patched.resourceVersion.flatMap { Int($0) })
    #expect(after > before)
  }

  @Test func aDeletedMapIsGone() {
    _ = cluster.post(Maps.all, Maps.object("m"))
    let deleted = cluster.send("DELETE", Maps.path("m"))
    #expect(deleted.status == 200)
    #expect(deleted.json["status"] == .some("Success"))
    #expect(deleted.json["details"]?["kind"] == .some("configmaps"))
    #expect(cluster.get(Maps.path("m")).status == 404)
  }

  @Test func serverSideApplyCreatesAndIsANoOpWhenRepeated() {
    let map = Maps.object("m", ["data": ["a": "1"]])
    let created = cluster.apply(Maps.path("m") + "?fieldManager=one", map)
    #expect(created.status == 201)
    let again = cluster.apply(Maps.path("m") + "?fieldManager=one", map)
    #expect(again.status == 200)
    #expect(again.bytes == created.bytes)
    #expect(!again.changed)
  }

  @Test func aTokenForAPodNamesItsNode() throws {
    _ = cluster.post("/api/v1/nodes", ["metadata": ["name": "node-a"]])
    let pod = cluster.post(
      "/api/v1/namespaces/default/pods",
      [
        "metadata": ["name": "p"],
        "spec": ["nodeName": "node-a", "containers": [["name": "c", "image": "i:1"]]],
      ])
    #expect(pod.status == 201)
    let issued = cluster.post(
      "/api/v1/namespaces/default/serviceaccounts/default/token",
      [
        "spec": [
          "expirationSeconds": 600,
          "boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "p"],
        ]
      ])
    #expect(issued.status == 201)
    let token = try #require(issued.json["status"]?["token"]?.string)
    let identity = try #require(cluster.server.handler.tokens.identity(of: token))
    #expect(identity.name == "system:serviceaccount:default:default")
    #expect(identity.extra[ExtraKey.nodeName] == ["node-a"])
    #expect(identity.extra[ExtraKey.podName] == ["p"])
    #expect(cluster.get(Maps.path("m"), token: token).status == 403)

    cluster.moveTime(by: 599)
    #expect(cluster.server.handler.tokens.identity(of: token) != nil)
    cluster.moveTime(by: 1)
    #expect(cluster.get(Maps.path("m"), token: token).status == 401)
  }
}
