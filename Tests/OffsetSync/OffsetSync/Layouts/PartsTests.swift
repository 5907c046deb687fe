import FilelogJSON
import TestSupport
import Testing

@testable import OffsetSync

/// Payloads that one map does not hold.
@Suite struct PartsTests {
  private static let map = "rel-filelogoffsets-node-node-a"
  /// Small maps, so that a few bytes need many.
  static let limits = PerNodeMapStore.Limits(part: 10, whole: 10)

  static func payload(_ byte: UInt8, _ count: Int) -> [UInt8] {
    (0..<count).map { byte &+ UInt8(truncatingIfNeeded: $0) }
  }

  @Test func aPayloadIsPutTogetherAgainWhateverItsSizeWasBefore() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    for count in [5, 25, 160, 1, 31, 30, 11, 10, 159, 160, 9, 3, 45] {
      let payload = Self.payload(UInt8(count), count)
      try store.save(payload)
      #expect(try cluster.store(limits: Self.limits).load() == payload)
      // Nothing is left of what was stored before.
      let filled = try cluster.filledMaps()
      #expect(filled.count == (count + 9) / 10)
    }
  }

  @Test func moreThanAnyPayloadTakesIsRefused() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    let error = #expect(throws: StoreError.self) { try store.save(Self.payload(1, 161)) }
    #expect(error?.code == .full)
    #expect(
      error?.description.hasPrefix(
        "this node's offsets take 161 bytes, more than 16 config maps hold; what helps: ") == true)
  }

  @Test func aPayloadBeyondOneMapOfRealSizeIsStored() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    let payload = Self.payload(3, 1_048_576 + 1)
    try store.save(payload)
    #expect(try store.load() == payload)
    #expect(try cluster.filledMaps().count == 2)
    try store.save(Self.payload(4, 100))
    #expect(try store.load() == Self.payload(4, 100))
    #expect(Array(try cluster.filledMaps().keys) == [Self.map])
  }

  // MARK: Damage

  @Test func aPartThatIsNotTheOneIsDamageAndIsReplaced() throws {
    for change: JSONValue in [
      ["binaryData": ["node-a": "AAECAwQFBgcICQ=="]], ["binaryData": ["node-a": "AAE="]],
      ["binaryData": ["node-a": .null]],
    ] {
      let cluster = try LayoutCluster()
      let store = try cluster.store(limits: Self.limits)
      try store.save(Self.payload(50, 25))
      try cluster.patchMap("rel-filelogoffsets-part-1-node-a", change)
      let error = #expect(throws: StoreError.self) { try store.load() }
      #expect(error?.code == .damaged)
      #expect(error?.description.hasSuffix(", in \(store.name)") == true)
      try store.save(Self.payload(9, 25))
      #expect(try cluster.store(limits: Self.limits).load() == Self.payload(9, 25))
      // What another client changed is emptied one store later, by its new version.
      try store.save(Self.payload(11, 25))
      #expect(try cluster.filledMaps().count == 3)
    }
  }

  @Test func aDamagedListIsReplacedAndAllPartsAreCleared() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    try store.save(Self.payload(50, 45))
    try cluster.patchMap(Self.map, ["data": ["_parts.json": "{}"]])
    let error = #expect(throws: StoreError.self) { try store.load() }
    #expect(
      error?.description
        == "damaged parts (manifest): the list has other members than it should, in \(store.name)")
    try store.save([1, 2])
    #expect(try store.load() == [1, 2])
    #expect(try cluster.filledMaps().count == 1)
  }

  private static let part =
    #"{"number":0,"bytes":5,"sha256":"\#(String(repeating: "a", count: 64))","resourceVersion":"7"}"#

  private static func list(_ parts: String, spares: String = "[]", round: String = "1") -> String {
    #"{"version":1,"round":\#(round),"parts":[\#(parts)],"spares":\#(spares)}"#
  }

  @Test func aListIsReadAsItWasWritten() throws {
    var manifest = PartsManifest(round: 9)
    manifest.parts = [
      .init(number: 4, bytes: 1_048_576, sha256: [1].sha256, resourceVersion: "123"),
      .init(number: 0, bytes: 1, sha256: [2].sha256, resourceVersion: "124"),
    ]
    manifest.spares = [1, 31]
    #expect(try PartsManifest(parsing: manifest.text) == manifest)
    #expect(try PartsManifest(parsing: Self.list(Self.part)).bytes == 5)
    // It stays within the room that a node's map keeps for it.
    var largest = PartsManifest(round: PartsManifest.largestRound)
    largest.parts = (0..<16).map {
      .init(
        number: $0, bytes: 1_048_576, sha256: [1].sha256,
        resourceVersion: "18446744073709551615")
    }
    largest.spares = Array(16..<32)
    #expect(largest.text.utf8.count < 4096)
  }

  @Test func aClaimNeverLooksLikeTheOneItReplaces() throws {
    var manifest = PartsManifest(round: PartsManifest.largestRound)
    for _ in 0..<3 {
      let next = PartsManifest(round: manifest.nextRound)
      #expect(next.round != manifest.round)
      #expect(try PartsManifest(parsing: next.text) == next)
      manifest = next
    }
    #expect(manifest.round == 2)
  }

  static let hostileLists = [
    "", "null", "[]", "{", "{}", "\u{0}", String(repeating: "[", count: 10_000),
    list(part, round: "-1"), list(part, round: "1e300"), list(part, round: "9007199254740992"),
    list(part, round: "9007199254740993"), list(part, round: "9223372036854775807"),
    list(part, round: "\"1\""),
    list(part, spares: "[32]"), list(part, spares: "[-1]"), list(part, spares: "[0]"),
    list(part, spares: "[1,1]"), list(part, spares: "{}"), list("\(part),\(part)"),
    list(Array(repeating: part, count: 17).joined(separator: ",")), list("1"),
    list(part.replacing(#""bytes":5"#, with: #""bytes":0"#)),
    list(part.replacing(#""bytes":5"#, with: #""bytes":9223372036854775807"#)),
    list(part.replacing(#""bytes":5"#, with: #""bytes":1048577"#)),
    list(part.replacing("aaaa", with: "AAAA")), list(part.replacing("aaaa", with: "aaa")),
    list(part.replacing(#""7""#, with: "7")), list(part.replacing(#""7""#, with: #""7\n""#)),
    list(part.replacing(#""7""#, with: #""""#)),
    list(part.replacing(#""number":0"#, with: #""number":0.5"#)),
    list(part.replacing(#""number":0"#, with: #""number":99"#)),
    list(part).replacing(#""version":1"#, with: #""version":2"#),
    list(part).replacing(#""version":1"#, with: #""version":1,"more":1"#),
    list(part) + String(repeating: " ", count: 17_000),
  ]

  @Test(arguments: hostileLists)
  func aListThatNoSidecarWritesIsRefused(_ text: String) {
    let error = #expect(throws: PartsError.self) { try PartsManifest(parsing: text) }
    #expect(error?.code == .manifest)
    #expect((error?.description.utf8.count ?? 0) < 100)
  }
}
