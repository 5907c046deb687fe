import HTTPServer
import JSON
import Testing

@testable import EmulatedAPIServer

/// What clients get, depending on what they accept.
@Suite struct RepresentationTests {
  private static let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
  private static let list = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

  @Test(
    .holds(.wholeObject),
    arguments: [nil, "application/json", "*/*", "application/*", "text/html, */*;q=0.1"])
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
    #expect(cluster.send("GET", Maps.path("m"), accept: "image/png").reason == "NotAcceptable")
  }

  /// 921,909 and 284 bytes were measured with a real server, for a map of 900 KiB.
  @Test(.holds(.protobuf, .protobufMetadata)) func protobufTakesLittleMoreThanItsContent() throws {
    let cluster = try TestCluster.withMap(["binaryData": ["a": Maps.base64(zeros: 921_600)]])
    let body = JSONWriter.compact.bytes(["binaryData": ["b": "AA=="]])
    func patched(_ form: String) -> TestCluster.Reply {
      cluster.send(
        "PATCH", Maps.path("m"), body, type: MediaTypes.mergePatch,
        accept: MediaTypes.protobuf + form)
    }
    let whole = patched("")
    #expect(whole.status == 200)
    #expect(whole.headers["Content-Type"] == MediaTypes.protobuf)
    #expect((921_800..<922_100).contains(whole.bytes.count))
    let metadata = patched(";as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
    #expect(metadata.status == 200)
    #expect((180..<340).contains(metadata.bytes.count))
    #expect(String(decoding: metadata.bytes, as: UTF8.self).contains("PartialObjectMetadata"))
    let read = try ProtobufReader.object(whole.bytes, as: "io.k8s.api.core.v1.ConfigMap")
    #expect(Self.filled(read) == Self.filled(cluster.send("GET", Maps.path("m")).json))
  }

  @Test func everythingOfAWorkloadComesThroughProtobuf() throws {
    let cluster = try TestCluster()
    let container: JSONValue = [
      "name": "c", "image": "i", "args": ["a", "b"],
      "env": [["name": "N", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]]],
      "ports": [["containerPort": 8080, "protocol": "TCP"]],
      "resources": ["limits": ["memory": "32Mi", "cpu": "100m"]],
      "livenessProbe": ["httpGet": ["path": "/x", "port": "named"], "periodSeconds": 10],
      "readinessProbe": ["tcpSocket": ["port": 9]],
      "securityContext": ["runAsNonRoot": true, "runAsUser": 65532],
      "volumeMounts": [["name": "v", "mountPath": "/v", "readOnly": true]],
    ]
    let set: JSONValue = [
      "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": "d"],
      "spec": [
        "selector": ["matchLabels": ["a": "b"]],
        "updateStrategy": ["rollingUpdate": ["maxUnavailable": "10%"]],
        "template": [
          "metadata": ["labels": ["a": "b"]],
          "spec": [
            "containers": [container],
            "tolerations": [["operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5]],
            "volumes": [["name": "v", "emptyDir": ["sizeLimit": "10M"]]],
          ],
        ],
      ],
    ]
    let path = "/apis/apps/v1/namespaces/default/daemonsets"
    let made = cluster.send("POST", path, JSONWriter.compact.bytes(set), type: "application/json")
    try #require(made.status == 201, "\(made.text)")
    let reply = cluster.send("GET", path + "/d", accept: MediaTypes.protobuf)
    let read = try ProtobufReader.object(reply.bytes, as: "io.k8s.api.apps.v1.DaemonSet")
    #expect(Self.filled(read) == Self.filled(made.json))
  }

  /// Lists, tables, watches and refusals have the form of JSON alone.
  @Test func whatHasNoProtobufFormIsGivenInAnotherOrRefused() throws {
    let cluster = try TestCluster.withMap()
    let refused = cluster.send("GET", Maps.all, accept: MediaTypes.protobuf)
    #expect(refused.status == 406)
    #expect(
      refused.message == """
        406: Not Acceptable

        Available representations: application/json, application/yaml
        """)
    let listed = cluster.send("GET", Maps.all, accept: MediaTypes.protobuf + ",application/json")
    #expect(listed.json["kind"] == .some("ConfigMapList"))
    let missing = cluster.send("GET", Maps.path("none"), accept: MediaTypes.protobuf)
    #expect(missing.status == 404 && missing.json["kind"] == .some("Status"))
  }

  /// Without what is empty, which protobuf writes and JSON does not.
  private static func filled(_ value: JSONValue) -> JSONValue? {
    switch value {
    case .null, .string(""), .integer(0), .bool(false): return nil
    case .array(let elements):
      return elements.isEmpty ? nil : .array(elements.map { filled($0) ?? .null })
    case .object(let members):
      let kept = members.compactMapValues(filled)
      return kept.isEmpty ? nil : .object(kept)
    default: return value
    }
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

  @Test func kubectlGetsTables() throws {
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
