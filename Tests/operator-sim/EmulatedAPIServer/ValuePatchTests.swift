import FoundationEssentials
import JSON
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// The short way for patches of a config map's values comes to what the general way comes to.
@Suite struct ValuePatchTests {
  private static let map = Maps.path("m")

  /// A cluster whose identifiers count up, so that two of them answer alike.
  private static func cluster() throws -> TestCluster {
    let count = Mutex(0)
    return try TestCluster { options in
      options.newID = {
        let number = count.withLock { count in
          count += 1
          return count
        }
        let digits = String(number)
        let tail = String(repeating: "0", count: 12 - digits.utf8.count) + digits
        return UUID(uuidString: "00000000-0000-4000-8000-\(tail)") ?? UUID()
      }
    }
  }

  /// Two clusters that are told the same, one of them so that it must take the general way.
  private struct Pair {
    let short: TestCluster
    let general: TestCluster
    let tokens: (short: String, general: String)

    init() throws {
      short = try ValuePatchTests.cluster()
      general = try ValuePatchTests.cluster()
      tokens = (short.admin, general.admin)
    }

    func send(_ method: String, _ target: String, _ body: JSONValue, _ type: String) {
      var other = body
      // Says nothing new, and is more than values.
      if type == MediaTypes.mergePatch { other["apiVersion"] = "v1" }
      let one = short.send(method, target, body, type: type, token: tokens.short)
      let two = general.send(method, target, other, type: type, token: tokens.general)
      compare(one, two, "\(method) \(target)")
      for accept in ["application/json", metadataOnly] {
        let one = short.send("GET", ValuePatchTests.map, [], accept: accept, token: tokens.short)
        let two = general.send(
          "GET", ValuePatchTests.map, [], accept: accept, token: tokens.general)
        compare(one, two, "then GET of \(accept)")
      }
    }

    private let metadataOnly =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

    private func compare(
      _ one: TestCluster.Reply, _ two: TestCluster.Reply, _ what: @autoclosure () -> String
    ) {
      #expect(one.status == two.status, "\(what())")
      #expect(one.changed == two.changed, "\(what())")
      #expect(
        one.bytes == two.bytes, "\(what()): \(one.text.prefix(3000))\n\(two.text.prefix(3000))")
    }

    func moveTime(by seconds: Double) {
      short.moveTime(by: seconds)
      general.moveTime(by: seconds)
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func everyAnswerIsTheSameAsTheGeneralWays(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let pair = try Pair()
    pair.send(
      "POST", Maps.all + "?fieldManager=operator",
      Maps.object("m", ["data": ["text": "a"], "binaryData": ["first": "AAEC"]]), "application/json"
    )
    for _ in 0..<40 {
      if Bool.random(using: &random) {
        pair.moveTime(by: Double(Int.random(in: 1...9, using: &random)))
      }
      let manager = ["sidecar", "sidecar", "sidecar", "operator"].randomElement(using: &random)!
      let target = Self.map + "?fieldManager=\(manager)"
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        pair.send("PATCH", target, ["metadata": ["labels": ["a": "b"]]], MediaTypes.mergePatch)
      case 1:
        pair.send("PATCH", target, ["metadata": ["managedFields": [[:]]]], MediaTypes.mergePatch)
      case 2:
        pair.send(
          "PATCH", Self.map + "?fieldManager=owner&force=true",
          Maps.object("m", ["binaryData": ["node-1": "AAAA"]]), MediaTypes.apply)
      case 3: pair.send("PATCH", target + "&dryRun=All", Self.patch(&random), MediaTypes.mergePatch)
      case 4:
        pair.send("PATCH", target, ["data": ["text": "b", "node-9": "c"]], MediaTypes.mergePatch)
      default: pair.send("PATCH", target, Self.patch(&random), MediaTypes.mergePatch)
      }
    }
  }

  /// Mostly a value of one of nine nodes; sometimes two, none, or what is refused.
  private static func patch(_ random: inout SeededRandom) -> JSONValue {
    var values: [String: JSONValue] = [:]
    for _ in 0..<([1, 1, 1, 2].randomElement(using: &random) ?? 1) {
      let key = "node-\(Int.random(in: 1...9, using: &random))"
      switch Int.random(in: 0..<14, using: &random) {
      case 0: values[key] = .null
      case 1: values[key] = "not base64!"
      case 2: values["not a key"] = "AAAA"
      case 3: values[key] = 7
      // Four of these do not fit.
      case 4, 5: values[key] = Maps.base64(zeros: 300_000)
      case 6: values[key] = ""
      default: values[key] = Maps.base64(zeros: Int.random(in: 1...50, using: &random))
      }
    }
    var patch: JSONValue = ["binaryData": .object(values)]
    switch Int.random(in: 0..<12, using: &random) {
    case 0: patch["metadata"] = ["resourceVersion": "5"]
    case 1: patch["metadata"] = ["resourceVersion": "0"]
    case 2: patch["metadata"] = ["uid": "00000000-0000-4000-8000-000000000001"]
    case 3: patch["metadata"] = [:]
    default: break
    }
    return patch
  }

  @Test func theVersionAndIdentityThatAPatchInsistsOnMayBeTheRightOnes() throws {
    let pair = try Pair()
    let values: JSONValue = ["binaryData": ["node-1": "AAAA"]]
    pair.send("POST", Maps.all, Maps.object("m", values), "application/json")
    for value in ["AAAB", "AAAC", "AAAC"] {
      let metadata = pair.short.get(Self.map).json["metadata"]
      pair.send(
        "PATCH", Self.map,
        [
          "metadata": [
            "resourceVersion": metadata?["resourceVersion"] ?? "", "uid": metadata?["uid"] ?? "",
          ], "binaryData": ["node-1": .string(value)],
        ], MediaTypes.mergePatch)
    }
    #expect(pair.short.get(Self.map).json["binaryData"] == .some(["node-1": "AAAC"]))
  }

  /// Or else this would compare the general way with itself.
  @Test func valuesOfAnOwnerTakeTheShortWay() throws {
    let cluster = try Self.cluster()
    func isShort(_ patch: JSONValue) -> Bool {
      _ = cluster.get(Self.map)
      let reply = cluster.merge(Self.map + "?fieldManager=sidecar", patch)
      #expect(reply.status == 200 && reply.changed)
      // What the answer to GET found out went on to the next version.
      return cluster.stored?.findings.texts.keys != nil
    }
    _ = cluster.post(Maps.all, Maps.object("m"))
    // The first value brings `binaryData`, and the manager's first fields.
    #expect(!isShort(["binaryData": ["a": "AAAA"]]))
    #expect(isShort(["binaryData": ["a": "AAAB"]]))
    #expect(!isShort(["binaryData": ["a": "AAAC"], "data": ["b": "c"]]))
    #expect(isShort(["binaryData": ["a": "AAAD"]]))
  }
}

extension TestCluster {
  fileprivate var stored: StoredObject? {
    server.handler.store.object(
      ObjectKey(resource: "configmaps", namespace: "default", name: "m"))
  }
}
