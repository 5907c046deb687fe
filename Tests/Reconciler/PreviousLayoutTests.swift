import FilelogJSON
import Testing

@testable import Reconciler

@Suite struct PreviousLayoutTests {
  @Test(
    arguments: [
      ([], true, false, "no node keeps offsets in a map of its own any more: "),
      (["a"], false, false, "1 node keeps offsets in a map of its own (a): pods take it over"),
      (
        ["a", "b", "c", "d"], false, false,
        "4 nodes keep offsets in maps of their own (a, b, c, …): pods take them over"
      ),
      (nil, true, false, "nodes may keep offsets in maps of their own, which may not be listed"),
    ] as [([String]?, Bool, Bool, String)])
  func previousLayoutNotes(
    _ nodes: [String]?, _ isInUse: Bool, _ isDeclined: Bool, _ text: String
  ) throws {
    let note = PreviousLayout(nodes: nodes, isInUse: isInUse).note(isDeclined: isDeclined)
    #expect(try #require(note).hasPrefix(text), "\(note ?? "")")
  }

  @Test func settledLayoutHasNoNote() {
    #expect(PreviousLayout(nodes: [], isInUse: false).note(isDeclined: false) == nil)
    #expect(PreviousLayout(nodes: [], isInUse: true).note(isDeclined: true) == nil)
    #expect(PreviousLayout(nodes: nil, isInUse: false).note(isDeclined: false) == nil)
  }

  /// Anybody may write the annotation; names come to terminals.
  @Test(arguments: ["evil\nline", "\u{1b}[31m", String(repeating: "n", count: 254), "", "A"])
  func nodeAnnotationMustBeNodeName(_ name: String) {
    func map(_ name: String) -> JSONValue {
      ["metadata": ["annotations": ["dash0.com/filelog-offsets-node": .string(name)]]]
    }
    #expect(NodeMap.node(of: map(name)) == nil)
    #expect(NodeMap.node(of: map("node-1.example")) == "node-1.example")
  }

  @Test(
    arguments: [
      ([:], nil),
      (["f:metadata": [:]], false),
      (["f:binaryData": [".": [:]]], false),
      (["f:binaryData": [".": [:], "f:node-a": [:]]], true),
      (["f:data": ["f:_parts.json": [:]]], nil),
    ] as [(JSONValue, Bool?)])
  func holdsOffsetsIsReadFromManagedFields(_ fields: JSONValue, _ holds: Bool?) {
    let entries: JSONValue = fields == [:] ? [] : [["fieldsV1": fields]]
    #expect(NodeMap.holdsOffsets(["metadata": ["managedFields": entries]]) == holds)
  }

  @Test(
    arguments: [
      ([:], false), (["binaryData": ["node-a": "AA=="]], true),
      (["data": ["_parts.json": #"{"parts":[]}"#]], false),
      (["data": ["_parts.json": #"{"parts":[{}]}"#]], true),
      (["data": ["_parts.json": "damaged"]], true),
    ] as [(JSONValue, Bool)])
  func holdsOffsetsIsReadFromContent(_ map: JSONValue, _ holds: Bool) {
    #expect(NodeMap.holdsOffsets(whole: map) == holds)
  }
}
