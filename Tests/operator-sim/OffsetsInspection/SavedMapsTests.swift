import FilelogJSON
import OffsetsInspection
import Testing

@Suite struct SavedMapsTests {
  private static func map(_ name: String, _ members: JSONValue = [:]) -> JSONValue {
    var map = members
    map["kind"] = "ConfigMap"
    if map["metadata"] == nil { map["metadata"] = [:] }
    map["metadata"]?["name"] = .string(name)
    map["metadata"]?["namespace"] = "ops"
    return map
  }

  private static let shared = map("rel-filelogoffsets-cm", ["binaryData": ["node-a": "AAAA"]])
  private static let own = map(
    "rel-filelogoffsets-node-b",
    [
      "metadata": [
        "labels": ["dash0.com/filelog-offsets": "node"],
        "annotations": ["dash0.com/filelog-offsets-node": "b"],
      ], "binaryData": ["b": "AAAA"],
    ])
  private static let other = map("kube-root-ca.crt", ["data": ["ca.crt": "x"]])

  private static func list(_ items: [JSONValue], kind: JSONValue = "List") -> [JSONValue] {
    [["kind": kind, "items": .array(items)]]
  }

  private func error(_ documents: [JSONValue]) -> String? {
    #expect(throws: OffsetsReadingError.self) { try SavedMaps(documents) }?.description
  }

  @Test func sharedMapIsFoundByName() throws {
    let maps = try SavedMaps(Self.list([Self.other, Self.own, Self.shared]))
    #expect(maps.shared?.name == "rel-filelogoffsets-cm")
    #expect(maps.nodeMaps.nodes.map(\.name) == ["b"])
    #expect(try SavedMaps([Self.other, Self.shared]).shared?.name == "rel-filelogoffsets-cm")
  }

  @Test func configMapListIsRead() throws {
    var item = Self.shared
    item["kind"] = nil
    let maps = try SavedMaps(Self.list([item], kind: "ConfigMapList"))
    #expect(maps.shared?.nodes.map(\.name) == ["node-a"])
  }

  @Test func singleSavedMapMayHaveAnyName() throws {
    #expect(try SavedMaps([Self.map("copy")]).shared?.name == "copy")
    #expect(try SavedMaps([Self.own]).shared == nil)
    #expect(error([["kind": "Secret"]]) == "expected a ConfigMap, found Secret")
    #expect(error([[:]]) == "expected a ConfigMap, found an object without kind")
    #expect(error([["kind": "ConfigMap"]]) == "the ConfigMap has no name (metadata.name)")
  }

  @Test func savedObjectsWithoutMapAreRejected() throws {
    #expect(
      error(Self.list([Self.other]))
        == "none of the 1 objects is an offsets map; one is called <release>-filelogoffsets-cm, "
        + "others are labelled dash0.com/filelog-offsets")
    #expect(try OffsetsText.overview(SavedMaps(Self.list([]))) == "nothing is stored\n")
  }

  @Test func savedMapsOfSeveralReleasesAreRejected() {
    #expect(
      error(Self.list([Self.shared, Self.own, Self.map("b-filelogoffsets-cm")]))
        == "offsets maps of several releases (ops/b, ops/rel); save those of one")
  }

  @Test func storedTimeIsShownWhenKnown() throws {
    var shared = Self.shared
    var own = Self.own
    let fields: (JSONValue, String) -> JSONValue = { fields, time in
      ["fieldsV1": fields, "time": .string(time)]
    }
    shared["metadata"]?["managedFields"] = [
      fields(["f:binaryData": [:]], "2026-01-02T03:04:05Z"),
      fields(["f:binaryData": [:]], "2026-01-01T00:00:00Z"),
      fields(["f:metadata": [:]], "2026-11-11T11:11:11Z"),
    ]
    own["metadata"]?["managedFields"] = [fields(["f:data": [:]], "2026-02-02T02:02:02Z")]
    let maps = try SavedMaps(Self.list([shared, own]))
    #expect(
      OffsetsText.overview(maps) == """
        configmap ops/rel-filelogoffsets-cm: 3 of 1,048,576 bytes (0.0 %), 1 node, last stored \
        2026-01-02T03:04:05Z

        node    bytes  of the map  databases  log files  last change
        node-a      3       0.0 %          –          –  damaged, see below
        node-a: neither gzip nor base64

        1 node with maps of its own

        node  bytes  of a map  maps  databases  log files  last change         last stored
        b         3     0.0 %     1          –          –  damaged, see below  2026-02-02T02:02:02Z
        b: damaged payload (gzip): incorrect header check

        """)
    #expect(maps.json["lastStored"] == "2026-01-02T03:04:05Z")
    #expect(maps.json["nodeMaps"]?[0]?["lastStored"] == "2026-02-02T02:02:02Z")
  }

  @Test func foreignTextIsEscaped() throws {
    let evil = "a\u{1b}]0;x\u{7}\n\u{202e}b\u{9b}"
    let text = OffsetsText.overview(
      try SavedMaps([Self.map(evil, ["binaryData": [evil: "AAAA"]])]))
    #expect(
      text.hasPrefix(
        "configmap ops/a\\u{1b}]0;x\\u{7}\\n\\u{202e}b\\u{9b}: 3 of 1,048,576 bytes (0.0 %)"))
    #expect(text.contains("\na\\u{1b}]0;x\\u{7}\\n\\u{202e}b\\u{9b}: neither gzip nor base64\n"))
    #expect(!text.unicodeScalars.contains("\u{1b}"))
  }
}
