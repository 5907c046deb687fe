import JSON
import Testing

@testable import EmulatedAPIServer

/// Size limits, each at the last size that is accepted and the first that is not.
@Suite struct SizeLimitTests {
  private static let full = 1_048_576
  private static let tooLong = "Too long: may not be more than 1048576 bytes"

  enum Write: String, CaseIterable, Sendable {
    case create, replace, mergePatch, jsonPatch, strategicPatch, apply
  }

  @Test(arguments: Write.allCases)
  func valuesOfOneMebibyteAreTheLimitForEveryWrite(_ write: Write) throws {
    for (size, isAccepted) in [(Self.full, true), (Self.full + 1, false)] {
      let cluster = write == .create ? try TestCluster() : try TestCluster.withMap()
      let map = Maps.object("m", ["binaryData": ["a": Maps.base64(zeros: size)]])
      let reply =
        switch write {
        case .create: cluster.post(Maps.all, map)
        case .replace: cluster.put(Maps.path("m"), map)
        case .mergePatch: cluster.merge(Maps.path("m"), map)
        case .jsonPatch:
          cluster.patch(
            Maps.path("m"),
            [["op": "add", "path": "/binaryData", "value": map["binaryData"] ?? .null]])
        case .strategicPatch: cluster.strategic(Maps.path("m"), map)
        case .apply: cluster.apply(Maps.path("m") + "?fieldManager=x", map)
        }
      if isAccepted {
        #expect(reply.status < 300)
      } else {
        #expect(
          reply.text == """
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"ConfigMap \
            \\"m\\" is invalid: []: \(Self.tooLong)","reason":"Invalid","details":{"name":"m",\
            "kind":"ConfigMap","causes":[{"reason":"FieldValueTooLong","message":"\(Self.tooLong)",\
            "field":"[]"}]},"code":422}
            """)
      }
    }
  }

  @Test func dataAndDecodedBinaryDataCountTogetherAndTheirKeysDoNot() throws {
    let cluster = try TestCluster()
    let text = JSONValue.string(String(repeating: "x", count: 1000))
    func map(_ zeros: Int) -> JSONValue {
      Maps.object("m", ["data": ["a": text], "binaryData": ["b": Maps.base64(zeros: zeros)]])
    }
    #expect(cluster.post(Maps.all, map(Self.full - 999)).status == 422)
    #expect(cluster.post(Maps.all, map(Self.full - 1000)).status == 201)
  }

  @Test func annotationsHoldAQuarterOfAMebibyteTheirKeysIncluded() throws {
    let cluster = try TestCluster.withMap()
    func annotate(_ size: Int) -> TestCluster.Reply {
      let value = JSONValue.string(String(repeating: "x", count: size))
      return cluster.merge(Maps.path("m"), ["metadata": ["annotations": ["k": value]]])
    }
    #expect(annotate(262_143).status == 200)
    let refused = annotate(262_144)
    #expect(refused.status == 422)
    #expect(
      refused.message
        == "ConfigMap \"m\" is invalid: metadata.annotations: Too long: may not be more than "
        + "262144 bytes")
  }

  @Test func bodiesHoldThreeMebibytes() throws {
    let cluster = try TestCluster.withMap()
    func body(_ size: Int) -> [UInt8] {
      Array(#"{"data":{"a":"1"}"#.utf8) + [UInt8](repeating: 0x20, count: size - 18) + [0x7d]
    }
    let accepted = cluster.send(
      "PATCH", Maps.path("m"), body(3_145_728), type: MediaTypes.mergePatch)
    #expect(accepted.status == 200)
    let refused = cluster.send(
      "PATCH", Maps.path("m"), body(3_145_729), type: MediaTypes.mergePatch)
    #expect(
      refused.text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Request \
        entity too large: limit is 3145728","reason":"RequestEntityTooLarge","code":413}
        """)
  }

  @Test func aJSONPatchHoldsTenThousandOperations() throws {
    let cluster = try TestCluster.withMap()
    func patch(_ count: Int) -> TestCluster.Reply {
      let operation: JSONValue = ["op": "test", "path": "/kind", "value": "ConfigMap"]
      return cluster.patch(
        Maps.path("m"), .array(Array(repeating: operation, count: count)))
    }
    #expect(patch(10_000).status == 200)
    let refused = patch(10_001)
    #expect(refused.status == 413)
    #expect(
      refused.message
        == "Request entity too large: The allowed maximum operations in a JSON patch is 10000, "
        + "got 10001")
  }

  @Test func whatIsLargerThanATransactionIsRefusedWithoutAReason() throws {
    let cluster = try TestCluster()
    var keys: [String: JSONValue] = ["big": Maps.base64(zeros: 1_048_000)]
    for index in 0..<1300 {
      keys["k\(index)" + String(repeating: "y", count: 200)] = ""
    }
    var map = Maps.object("m", ["binaryData": .object(keys)])
    map["metadata"]?["annotations"] = ["a": .string(String(repeating: "x", count: 262_000))]
    let refused = cluster.post(Maps.all, map)
    #expect(
      refused.text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":\
        "etcdserver: request is too large","code":500}
        """)
  }

  @Test func managedFieldsAreDroppedWhereTheyAloneAreTooMuch() throws {
    let cluster = try TestCluster()
    // Long names weigh twice: once as keys, once in the managed fields.
    var keys: [String: JSONValue] = ["big": Maps.base64(zeros: 1_040_000)]
    for index in 0..<1500 { keys["k\(index)" + String(repeating: "y", count: 200)] = "" }
    let created = cluster.post(Maps.all, Maps.object("m", ["binaryData": .object(keys)]))
    #expect(created.status == 201)
    #expect(created.json["metadata"]?["managedFields"] == nil)
  }
}
