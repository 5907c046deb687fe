import FilelogJSON
import FilelogSystemCalls
import FilelogText
import HTTPServer
import Testing

@testable import EmulatedAPIServer

/// Bodies in protobuf, recorded from kubectl 1.32.4.
@Suite struct ProtobufTests {
  /// `kubectl create configmap m --from-literal a=1 --from-file b`, of which the file holds 1, 2, 255.
  private static let configMap = bytes(
    """
    6b3873000a0f0a0276311209436f6e6669674d617012250a110a016d12001a0022002a0032003800420012060a0161\
    1201311a080a016212030102ff1a002200
    """)

  private static func bytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }

  @Test func createdObjectIsStoredAsSent() throws {
    let cluster = try TestCluster()
    let made = cluster.send(
      "POST", Maps.all, Self.configMap, type: MediaTypes.protobuf,
      accept: MediaTypes.protobuf + ",application/json")
    #expect(made.status == 201)
    #expect(made.headers["Content-Type"] == "application/json")
    #expect(made.json["data"] == .some(["a": "1"]))
    #expect(made.json["binaryData"] == .some(["b": "AQL/"]))
    #expect(cluster.get(Maps.path("m")).json == made.json)
  }

  @Test(arguments: [[], [0x7b, 0x7d], [0x6b, 0x38, 0x73, 0, 0xff]] as [[UInt8]])
  func malformedBodyIsRefused(_ bytes: [UInt8]) throws {
    let reply = try TestCluster().send("POST", Maps.all, bytes, type: MediaTypes.protobuf)
    #expect(reply.status == 400)
    #expect(reply.reason == "BadRequest")
  }

  @Test func mutatedBodiesNeverTrap() throws {
    var random = SeededRandom(seed: 7)
    let cluster = try TestCluster()
    for _ in 0..<1000 {
      var bytes = Self.configMap
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 4..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      let reply = cluster.send(
        "POST", Maps.all + "?dryRun=All", bytes, type: MediaTypes.protobuf)
      #expect([201, 400, 422, 409, 500].contains(reply.status))
    }
  }
}
