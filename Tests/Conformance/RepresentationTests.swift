import FilelogJSON
import FilelogText
import HTTPServer
import Testing

@testable import EmulatedAPIServer

/// What clients get, depending on what they accept.
@Suite struct RepresentationTests {
  private static let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
  private static let list = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

  @Test(
    .holds(.wholeObject),
    arguments: [nil, "application/json", "*/*", "text/html, */*;q=0.1"])
  func wholeObjectsAreTheDefault(_ accept: String?) throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"]])
    let reply = cluster.send("GET", Maps.path("m"), accept: accept)
    #expect(reply.status == 200)
    #expect(reply.json["kind"] == .some("ConfigMap"))
    #expect(reply.headers["Content-Type"] == "application/json")
  }

  @Test(
    .holds(.metadataAlone, .metadataOrWhole), arguments: [metadata, metadata + ",application/json"])
  func metadataAloneIsSmallWhateverTheMapHolds(_ accept: String) throws {
    let cluster = try TestCluster.withMap(["binaryData": ["a": Maps.base64(zeros: 900_000)]])
    let body = JSONWriter.compact.bytes(["binaryData": ["b": "AA=="]])
    let reply = cluster.send(
      "PATCH", Maps.path("m"), body, type: MediaTypes.mergePatch, accept: accept)
    #expect(reply.status == 200)
    #expect(reply.bytes.count < 800)
    #expect(reply.json["kind"] == .some("PartialObjectMetadata"))
    #expect(reply.json["apiVersion"] == .some("meta.k8s.io/v1"))
    #expect(
      Set((reply.json["metadata"]?.object ?? [:]).keys) == [
        "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "managedFields",
      ])
    #expect(reply.json["binaryData"] == nil)
  }

  @Test(.holds(.metadataForEveryVerb)) func metadataWorksForEveryVerbButDeletion() throws {
    let cluster = try TestCluster()
    let body = JSONWriter.compact.bytes(Maps.object("m"))
    func kind(_ method: String, _ target: String, _ body: [UInt8] = []) -> JSONValue? {
      cluster.send(
        method, target, body, type: "application/json", accept: Self.metadata
      ).json["kind"]
    }
    #expect(kind("POST", Maps.all, body) == .some("PartialObjectMetadata"))
    #expect(kind("GET", Maps.path("m")) == .some("PartialObjectMetadata"))
    #expect(kind("PUT", Maps.path("m"), body) == .some("PartialObjectMetadata"))
    #expect(kind("GET", Maps.path("none")) == .some("Status"))
    #expect(kind("DELETE", Maps.path("m")) == .some("Status"))
  }

  @Test(.holds(.metadataOfLists)) func aListNeedsItsOwnForm() throws {
    let cluster = try TestCluster.withMap()
    let refused = cluster.send("GET", Maps.all, accept: Self.metadata + ",application/json")
    #expect(refused.status == 406)
    #expect(
      refused.message
        == "you requested PartialObjectMetadata, but the requested object is a list "
        + "(*core.ConfigMapList)")
    let listed = cluster.send("GET", Maps.all, accept: Self.list)
    #expect(listed.json["kind"] == .some("PartialObjectMetadataList"))
    #expect(listed.json["items"]?[0]?["kind"] == .some("PartialObjectMetadata"))
  }

  @Test(.holds(.unsupportedForm, .badAccept)) func anUnknownFormIsRefusedUnlessThereIsAnother()
    throws
  {
    let cluster = try TestCluster.withMap()
    let unknown = "application/json;as=Foo;g=meta.k8s.io;v=v1"
    #expect(cluster.send("GET", Maps.path("m"), accept: unknown).status == 406)
    let reply = cluster.send("GET", Maps.path("m"), accept: unknown + ",application/json")
    #expect(reply.json["kind"] == .some("ConfigMap"))
    for accept in ["image/png", "application/*"] {
      #expect(cluster.send("GET", Maps.path("m"), accept: accept).reason == "NotAcceptable")
    }
  }

  /// Clients that prefer protobuf name JSON beside it.
  @Test(.emulatorOnly("its charter leaves protobuf out"))
  func protobufIsRefusedUnlessJSONIsAcceptedToo() throws {
    let cluster = try TestCluster.withMap()
    let protobuf = "application/vnd.kubernetes.protobuf"
    #expect(cluster.send("GET", Maps.path("m"), accept: protobuf).status == 406)
    let reply = cluster.send("GET", Maps.path("m"), accept: protobuf + ",application/json")
    #expect(reply.json["kind"] == .some("ConfigMap"))
  }

  @Test func yamlIsReadAndWritten() throws {
    let cluster = try TestCluster()
    let body = Array("metadata:\n  name: m\ndata:\n  a: \"1\"\n".utf8)
    #expect(cluster.send("POST", Maps.all, body, type: "application/yaml").status == 201)
    let reply = cluster.send("GET", Maps.path("m"), accept: "application/yaml")
    #expect(reply.headers["Content-Type"] == "application/yaml")
    #expect(reply.text.hasPrefix("apiVersion: v1\ndata:\n  a: \"1\"\nkind: ConfigMap\nmetadata:\n"))
  }

  @Test func peopleGetLineBreaks() throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.send("GET", Maps.path("m"), headers: [("User-Agent", "curl/7.88.1")])
    #expect(reply.text.hasPrefix("{\n  \"kind\": \"ConfigMap\",\n  \"apiVersion\": \"v1\",\n"))
    #expect(cluster.get(Maps.path("m") + "?pretty=true").text.contains("\n  "))
    #expect(!cluster.get(Maps.path("m")).text.contains("\n"))
  }

  @Test(.emulatorOnly("its charter leaves wide columns out, and its time can be moved"))
  func kubectlGetsTables() throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"], "binaryData": ["b": "AA=="]])
    cluster.moveTime(by: 125)
    let reply = cluster.send(
      "GET", Maps.all,
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    #expect(reply.json["kind"] == .some("Table"))
    let columns = (reply.json["columnDefinitions"]?.array ?? []).map { $0["name"] }
    #expect(columns == ["Name", "Data", "Age"])
    #expect(reply.json["rows"]?[0]?["cells"] == .some(["m", 2, "2m5s"]))
    #expect(reply.json["rows"]?[0]?["object"]?["metadata"]?["name"] == .some("m"))
  }
}
