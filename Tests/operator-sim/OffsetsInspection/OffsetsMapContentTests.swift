import FilelogJSON
import FoundationEssentials
import OffsetsInspection
import TestSupport
import Testing

@Suite struct OffsetsMapContentTests {
  static func map() throws -> OffsetsMapContent {
    let payload = try HostFiles.read(
      Fixtures.directory + "/upstream-snapshots/several-receivers.tar.gz")
    return try OffsetsMapContent([
      "kind": "ConfigMap",
      "metadata": ["name": "rel-filelogoffsets-cm", "namespace": "monitoring"],
      "binaryData": [
        "node-a": .string(Data(payload).base64EncodedString()), "node-b": "AAAA", "node-c": "%",
      ],
      "data": ["note": "12345"],
    ])
  }

  @Test func nodesAreSortedBySizeAndDamageIsExplained() throws {
    let map = try Self.map()
    let bytes = try #require(map.nodes.first).bytes
    let used = String(bytes + 8)
    let text = OffsetsText.overview(map)
    #expect(map.usedBytes == bytes + 3 + 5)
    #expect(!map.isSound)
    #expect(
      text.replacing(",", with: "").hasPrefix(
        "configmap monitoring/rel-filelogoffsets-cm: \(used) of 1048576 bytes ("))
    let lines = text.split(separator: "\n").map(String.init)
    #expect(
      lines[1] == "node    bytes  of the map  databases  log files  last change")
    #expect(lines[2].hasPrefix("node-a"))
    #expect(lines[2].hasSuffix("3         14  2026-11-22T17:47:32.746Z"))
    #expect(lines[3] == "node-b      3       0.0 %          –          –  damaged, see below")
    #expect(lines[5] == "node-b: neither gzip nor base64")
    #expect(lines[6] == "node-c: the value is not base64")
  }

  @Test func mapRendersAsJSON() throws {
    let json = try Self.map().json
    #expect(json["limitBytes"] == 1_048_576)
    #expect(json["nodes"]?[0]?["offsets"]?["databases"]?.array?.count == 3)
    #expect(json["nodes"]?[1]?["error"] == "neither gzip nor base64")
  }

  @Test func otherObjectIsRejected() {
    let error = #expect(throws: OffsetsReadingError.self) {
      try OffsetsMapContent(["kind": "Secret", "metadata": ["name": "x"]])
    }
    #expect(error?.description == "expected a ConfigMap, found Secret")
  }
}
