import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// Size limits, each at the last size that is accepted and the first that is not.
@Suite struct SizeLimitTests {
  private static let full = 1_048_576
  private static let tooLong = "Too long: may not be more than 1048576 bytes"

  enum Write: String, CaseIterable, Sendable {
    case create, replace, mergePatch, jsonPatch, strategicPatch, apply
  }

  @Test(.holds(.valuesLimit), arguments: Write.allCases)
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

  @Test(.holds(.valuesLimit)) func dataAndDecodedBinaryDataCountTogetherAndTheirKeysDoNot() throws {
    let cluster = try TestCluster()
    let text = JSONValue.string(String(repeating: "x", count: 1000))
    func map(_ zeros: Int) -> JSONValue {
      Maps.object("m", ["data": ["a": text], "binaryData": ["b": Maps.base64(zeros: zeros)]])
    }
    #expect(cluster.post(Maps.all, map(Self.full - 999)).status == 422)
    #expect(cluster.post(Maps.all, map(Self.full - 1000)).status == 201)
  }

  @Test(.holds(.annotationsLimit)) func annotationsHoldAQuarterOfAMebibyteTheirKeysIncluded() throws
  {
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

  @Test(.holds(.bodyLimit, .paddedBodyIsFree)) func bodiesHoldThreeMebibytes() throws {
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

  @Test(.holds(.operationsLimit)) func aJSONPatchHoldsTenThousandOperations() throws {
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

  @Test(.holds(.transactionLimit)) func whatIsLargerThanATransactionIsRefusedWithoutAReason() throws
  {
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

  @Test(.holds(.managedFieldsAreDropped)) func managedFieldsAreDroppedWhereTheyAloneAreTooMuch()
    throws
  {
    let cluster = try TestCluster()
    // Long names weigh twice: once as keys, once in the managed fields.
    var keys: [String: JSONValue] = ["big": Maps.base64(zeros: 1_040_000)]
    for index in 0..<1500 { keys["k\(index)" + String(repeating: "y", count: 200)] = "" }
    let created = cluster.post(Maps.all, Maps.object("m", ["binaryData": .object(keys)]))
    #expect(created.status == 201)
    #expect(created.json["metadata"]?["managedFields"] == nil)
  }

  @Test(.holds(.paddedBodyIsFree)) func paddingIsFreeButALargeValueInItIsNot() throws {
    let cluster = try TestCluster.withMap()
    let value = String(repeating: "x", count: Self.full + 1)
    let text = #"{"data":{"a":""# + value + #""}"#
    let padding = [UInt8](repeating: 0x20, count: 3_000_000 - text.utf8.count)
    let reply = cluster.send(
      "PATCH", Maps.path("m"), Array(text.utf8) + padding + [0x7d], type: MediaTypes.mergePatch)
    #expect(reply.status == 422)
    #expect(reply.causes.first?["reason"] == .some("FieldValueTooLong"))
  }

  @Test(.holds(.bodyLimit), arguments: [("POST", Maps.all), ("PUT", Maps.path("m"))])
  func noWriteMayBeLarger(_ method: String, _ target: String) throws {
    let body = [UInt8](repeating: 0x20, count: 3_145_729)
    let reply = try TestCluster.withMap().send(method, target, body, type: "application/json")
    #expect(reply.status == 413)
    #expect(reply.message == "Request entity too large: limit is 3145728")
  }

  /// A map with as many long, empty keys as make it so large in etcd, but for field managers.
  private func map(etcdSize: Int) -> (object: JSONValue, size: Int) {
    let note = String(repeating: "x", count: 262_000)
    var keys: [String: JSONValue] = ["big": Maps.base64(zeros: Self.full)]
    // A length of up to 127 bytes takes one byte, others two or three.
    func field(_ content: Int) -> Int {
      content + 1 + (content < 128 ? 1 : content < 16_384 ? 2 : 3)
    }
    func entry(_ key: String, _ value: Int) -> Int {
      field(field(key.utf8.count) + field(value))
    }
    let names = field("m".utf8.count) + field("default".utf8.count) + field(36)
    var size = field(names + entry("a", note.utf8.count)) + entry("big", Self.full)
    while size < etcdSize {
      let key = "k\(keys.count)" + String(repeating: "y", count: 196)
      keys[key] = ""
      size += entry(key, 0)
    }
    var map = Maps.object("m", ["binaryData": .object(keys)])
    map["metadata"]?["annotations"] = ["a": .string(note)]
    return (map, size)
  }

  /// The largest object that a real etcd took had 1,572,767 bytes; the emulator reckons.
  @Test(.holds(.transactionLimit)) func theEdgeOfATransactionIsMetWithinOnePercent() throws {
    let largest = 1_572_767
    let (fitting, small) = map(etcdSize: largest * 99 / 100 - 300)
    #expect(try TestCluster().post(Maps.all, fitting).status == 201)
    let (excessive, large) = map(etcdSize: largest * 101 / 100)
    #expect(try TestCluster().post(Maps.all, excessive).status == 500)
    #expect(small < largest && largest < large)
  }

  @Test(.holds(.managedFieldsAreDropped)) func aPatchDropsManagedFieldsToo() throws {
    let cluster = try TestCluster.withMap(["binaryData": ["big": Maps.base64(zeros: 1_040_000)]])
    var keys: [String: JSONValue] = [:]
    for index in 0..<1500 { keys["k\(index)" + String(repeating: "y", count: 200)] = "" }
    let reply = cluster.merge(Maps.path("m"), ["binaryData": .object(keys)])
    #expect(reply.status == 200)
    #expect(reply.json["binaryData"]?.object?.count == 1501)
    #expect(reply.json["metadata"]?["managedFields"] == nil)
  }
}
