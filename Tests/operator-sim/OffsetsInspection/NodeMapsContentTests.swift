import EmulatedAPIServer
import FilelogEncodings
import FilelogJSON
import FilelogKubernetesAPI
import FoundationEssentials
import OffsetSync
import OffsetsInspection
import TestSupport
import Testing

@Suite struct NodeMapsContentTests {
  private static func map(
    _ name: String, _ kind: String, node: String, _ bytes: [UInt8]?, parts: String? = nil
  ) -> JSONValue {
    var map: JSONValue = [
      "kind": "ConfigMap",
      "metadata": [
        "name": .string(name), "namespace": "monitoring",
        "labels": ["dash0.com/filelog-offsets": .string(kind)],
        "annotations": ["dash0.com/filelog-offsets-node": .string(node)],
      ],
    ]
    if let bytes {
      map["binaryData"] = [node: .string(Data(bytes).base64EncodedString())]
    }
    if let parts { map["data"] = ["_parts.json": .string(parts)] }
    return map
  }

  private static func payload() throws -> [UInt8] {
    try HostFiles.read(Fixtures.directory + "/upstream-snapshots/several-receivers.tar.gz")
  }

  /// A payload in two parts, the second one perhaps changed.
  private static func inParts(changed: Bool = false) throws -> [JSONValue] {
    let payload = try payload()
    let parts = [Array(payload[..<700]), Array(payload[700...])]
    let entries = [4, 1].enumerated().map { index, number in
      #"{"number":\#(number),"bytes":\#(parts[index].count),"sha256":"#
        + "\"\(SHA256.hash(parts[index]).hexadecimal)\",\"resourceVersion\":\"7\"}"
    }
    let list =
      #"{"version":1,"round":3,"parts":[\#(entries.joined(separator: ","))],"spares":[0]}"#
    return [
      map("rel-filelogoffsets-node-b", "node", node: "b", nil, parts: list),
      map("rel-filelogoffsets-part-4-b", "part", node: "b", parts[0]),
      map("rel-filelogoffsets-part-1-b", "part", node: "b", changed ? [1] : parts[1]),
      map("rel-filelogoffsets-part-0-b", "part", node: "b", nil),
    ]
  }

  @Test func nodeMapsAndPartsAreGroupedByNode() throws {
    let maps = NodeMapsContent(
      try Self.inParts() + [
        Self.map("rel-filelogoffsets-node-a", "node", node: "a", try Self.payload()),
        Self.map("rel-filelogoffsets-node-c", "node", node: "c", nil),
        [
          "kind": "ConfigMap", "metadata": ["name": "rel-filelogoffsets-cm"],
          "binaryData": ["a": .string(Data(repeating: 0, count: 99_999).base64EncodedString())],
        ],
      ])
    let bytes = try Self.payload().count
    #expect(maps.isSound)
    #expect(maps.nodes.map(\.name) == ["a", "b"])
    #expect(maps.nodes.map(\.bytes) == [bytes, bytes])
    #expect(maps.nodes.map(\.maps) == [1, 3])
    // One map of its own, or the larger of two parts.
    #expect(maps.nodes.map(\.fullestMapBytes) == [bytes, max(700, bytes - 700)])
    let lines = OffsetsText.overview(maps).split(separator: "\n").map(String.init)
    #expect(lines[0] == "2 nodes with maps of their own")
    #expect(lines[1].hasPrefix("node"))
    #expect(lines[3].hasSuffix("3         14  2026-11-22T17:47:32.746Z"))
    #expect(maps.json[1]?["maps"] == 3)
    #expect(maps.json[1]?["offsets"]?["databases"]?.array?.count == 3)
  }

  /// What a sidecar stores with every look lies beside the payload; both are shown, and together they are
  /// what the node would go on from.
  @Test(arguments: [true, false]) func differenceIsShownWithItsPayload(_ isThere: Bool) throws {
    let server = try EmulatedAPIServer(EmulatedAPIOptions())
    let endpoint = try server.start()
    defer { server.stop() }
    let client = KubernetesClient(
      ClusterConfiguration(
        server: endpoint.url, authorities: .pem(Array((endpoint.caPEM ?? "").utf8)),
        token: .fixed(endpoint.adminToken)))
    let store = PerNodeMapStore(
      client: client,
      maps: OffsetMaps(
        namespace: "default", sharedMap: "rel-filelogoffsets-cm", node: "a",
        labels: ["app.kubernetes.io/instance": "rel"]), log: Log(threshold: .error))
    var snapshot = try Payload.unpack(try Self.payload())
    _ = try store.save(PayloadOffer(snapshot, directory: Payload.contractDirectory))
    snapshot.files["notes"] = .plain([1, 2, 3])
    let saved = try store.save(PayloadOffer(snapshot, directory: Payload.contractDirectory))
    let type = try #require(ResourceType.named("ConfigMap"))
    let objects = try ["node", "diff"].prefix(isThere ? 2 : 1).compactMap { kind in
      try client.object(
        ObjectReference(type, namespace: "default", name: "rel-filelogoffsets-\(kind)-a"))
    }
    let maps = NodeMapsContent(objects)
    #expect(maps.isSound == isThere)
    let node = try #require(maps.nodes.first)
    #expect(node.bytes == saved.payload.whole.count)
    #expect(node.maps == (isThere ? 2 : 1))
    #expect(node.differenceBytes == (isThere ? saved.payload.changedBytes : 0))
    let text = OffsetsText.overview(maps)
    #expect(text.contains("changed since") == isThere)
    guard case .offsets(let offsets) = node.content else {
      Issue.record("\(node.content)")
      return
    }
    #expect(offsets.others.map(\.name) == (isThere ? ["notes"] : []))
    #expect(maps.json[0]?["differenceBytes"]?.integer == node.differenceBytes)
    if !isThere {
      #expect(
        text.hasSuffix("a: the difference to the payload is missing; shown without it\n"))
    }
  }

  @Test func mismatchedPartsAreDamage() throws {
    let maps = NodeMapsContent(try Self.inParts(changed: true))
    #expect(!maps.isSound)
    let text = OffsetsText.overview(maps)
    #expect(text.contains("b: damaged parts (size): part 1 has 1 bytes, not "))
  }

  @Test func noMapsRenderEmpty() {
    #expect(OffsetsText.overview(NodeMapsContent([])).isEmpty)
  }
}
