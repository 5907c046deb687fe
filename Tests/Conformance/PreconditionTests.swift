import FilelogJSON
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// Preconditions, deletions of keys, and patches that cannot be applied.
@Suite struct PreconditionTests {
  static let modified = """
    {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot \
    be fulfilled on configmaps \\"m\\": the object has been modified; please apply your changes to \
    the latest version and try again","reason":"Conflict","details":{"name":"m","kind":\
    "configmaps"},"code":409}
    """

  @Test(.holds(.otherVersion), arguments: ["1", "999999"])
  func anotherResourceVersionIsAConflictEvenForANoOp(_ version: String) throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.merge(Maps.path("m"), ["metadata": ["resourceVersion": .string(version)]])
    #expect(reply.text == Self.modified)
  }

  @Test(.holds(.currentVersion)) func theRightResourceVersionIsAccepted() throws {
    let cluster = try TestCluster.withMap()
    let version = try #require(cluster.get(Maps.path("m")).resourceVersion)
    let reply = cluster.merge(
      Maps.path("m"),
      ["metadata": ["resourceVersion": .string(version)], "data": ["a": "1"]])
    #expect(reply.status == 200)
  }

  static let immutable =
    "FieldValueInvalid | Invalid value: \"x\": field is immutable | metadata.uid"

  static let rows: [Row] = [
    .merge(
      "a version that is not a number", ["metadata": ["resourceVersion": "abc"]], 500,
      message: #"strconv.ParseUint: parsing "abc": invalid syntax"#),
    .merge(
      "another uid", ["metadata": ["uid": "x"]], 422, reason: "Invalid",
      message: #"ConfigMap "m" is invalid: metadata.uid: Invalid value: "x": field is immutable"#,
      causes: [immutable, immutable]),
    .merge(
      "another name", ["metadata": ["name": "x"]], 400, reason: "BadRequest",
      message: "the name of the object (x) does not match the name on the URL (m)"),
    .merge(
      "a key in data and in binaryData", ["data": ["n1": "1"]], 422, reason: "Invalid",
      message: """
        ConfigMap "m" is invalid: data[n1]: Invalid value: "n1": duplicate of key present in \
        binaryData
        """),
    .merge(
      "another kind", ["kind": "Secret"], 422, reason: "Invalid"),
  ]

  @Test(.holds(.garbageVersion, .otherUID, .keyInBothParts), arguments: rows) func aMergePatch(
    _ row: Row
  ) throws {
    row.check(try TestCluster.withMap(["binaryData": ["n1": "AA=="]]))
  }

  static let unreadable: [JSONValue] = ["A", "AAE", "__-_", "!", "AA=", "AA==A"]

  @Test(.holds(.badBase64), arguments: unreadable)
  func badBase64IsRefusedWithTheWholeObjectTwice(_ text: JSONValue) throws {
    let cluster = try TestCluster.withMap(["binaryData": ["n1": "AA=="]])
    let reply = cluster.merge(Maps.path("m"), ["binaryData": ["n2": text]])
    #expect(reply.status == 422)
    #expect(
      reply.message?.hasPrefix(" \"\" is invalid: patch: Invalid value: \"{\\\"apiVersion\\\"")
        == true)
    #expect(reply.message?.contains("illegal base64 data at input byte") == true)
    #expect(reply.causes.count == 1)
    #expect(reply.causes[0]["message"]?.string?.contains("creationTimestamp") == true)
  }

  static let operations: [JSONValue] = [
    [["op": "test", "path": "/data/a", "value": "2"]],
    [["op": "test", "path": "/data/none", "value": "2"]],
    [["op": "remove", "path": "/data/none"]],
    [["op": "add", "path": "/binaryData/n", "value": "AA=="]],
    [["op": "nonsense", "path": "/data/a"]],
    [["op": "add", "path": "data", "value": "1"]],
    [["op": "move", "from": "/data/none", "path": "/data/b"]],
  ]

  @Test(.holds(.unfitJSONPatch), arguments: operations)
  func everyJSONPatchThatDoesNotFitIsRefusedAlike(_ patch: JSONValue) throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"]])
    #expect(
      cluster.patch(Maps.path("m"), patch).text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server \
        rejected our request due to an error in our request","reason":"Invalid","details":{},\
        "code":422}
        """)
  }

  @Test func missingValueInJSONPatchIsNull() throws {
    let cluster = try TestCluster.withMap(["data": ["a": "1"]])
    let reply = cluster.patch(
      Maps.path("m"),
      [["op": "add", "path": "/data/b"], ["op": "replace", "path": "/data/a"]])
    #expect(reply.json["data"] == .some(["a": "", "b": ""]))
  }

  @Test(.holds(.removedKey, .removedKeys, .mapWithoutBinaryData)) func nullRemovesOneKeyOrAll()
    throws
  {
    let cluster = try TestCluster.withMap([
      "binaryData": ["n1": "AA==", "n2": "AQ==", "n3": "Ag=="]
    ])
    let one = cluster.merge(Maps.path("m"), ["binaryData": ["n2": .null]])
    #expect(one.json["binaryData"] == .some(["n1": "AA==", "n3": "Ag=="]))
    let all = cluster.merge(Maps.path("m"), ["binaryData": .null])
    #expect(all.status == 200)
    #expect(all.json["binaryData"] == nil)
    let again = cluster.merge(Maps.path("m"), ["binaryData": ["n4": "AA=="]])
    #expect(again.json["binaryData"] == .some(["n4": "AA=="]))
  }

  @Test(.holds(.annotationWithKey)) func anAnnotationAndAKeyChangeTogether() throws {
    let cluster = try TestCluster.withMap()
    let set = cluster.merge(
      Maps.path("m"),
      ["metadata": ["annotations": ["a": "1"]], "binaryData": ["n": "AA=="]])
    #expect(set.json["metadata"]?["annotations"] == .some(["a": "1"]))
    let removed = cluster.merge(
      Maps.path("m"),
      ["metadata": ["annotations": ["a": .null]], "binaryData": ["n": .null]])
    #expect(removed.status == 200)
    #expect(removed.json["metadata"]?["annotations"] == nil)
    #expect(removed.json["binaryData"] == nil)
  }

  @Test(.holds(.immutableMap)) func anImmutableMapStaysAsItIs() throws {
    let cluster = try TestCluster.withMap(["immutable": true, "data": ["a": "1"]])
    let reply = cluster.merge(
      Maps.path("m"), ["immutable": .null, "data": ["a": "2"], "binaryData": ["b": "AA=="]])
    #expect(reply.status == 422)
    #expect(reply.causes.map { $0["reason"] } == Array(repeating: "FieldValueForbidden", count: 3))
    #expect(reply.causes.map { $0["field"] } == ["immutable", "data", "binaryData"])
  }

  @Test(.holds(.patchType, .badContentType), arguments: ["application/json", "text/plain", ""])
  func apatchNeedsItsContentType(_ type: String) throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.send("PATCH", Maps.path("m"), Array("{}".utf8), type: type)
    #expect(reply.status == 415)
    #expect(reply.reason == "UnsupportedMediaType")
  }

  @Test(.holds(.compressedBody)) func aCompressedBodyIsNotSupported() throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.send(
      "PATCH", Maps.path("m"), [0x1f, 0x8b, 0x08, 0], type: MediaTypes.mergePatch,
      headers: [("Content-Encoding", "gzip")])
    #expect(reply.status == 400)
    #expect(
      reply.message
        == "error decoding patch: invalid character '\\x1f' looking for beginning of value")
  }
}
