import FilelogContract
import Testing

/// What a config map of a release is, by its name alone.
@Suite struct NodeMapNameTests {
  @Test(
    arguments: [
      ("rel-filelogoffsets-node-node-1.example", "node", "node-1.example"),
      ("rel-filelogoffsets-part-12-node-1", "part", "node-1"),
      ("rel-filelogoffsets-cm", nil, nil), ("other-filelogoffsets-node-a", nil, nil),
    ] as [(String, String?, String?)])
  func kindAndNodeStandInTheName(_ name: String, _ kind: String?, _ node: String?) {
    let found = Contract.NodeMap.kind(ofMapNamed: name, release: "rel")
    #expect(found?.kind == kind)
    #expect(found?.node == node)
  }

  @Test func differenceIsKnownByItsName() {
    let name = Contract.NodeMap.differencePrefix(release: "rel") + "node-1"
    let found = Contract.NodeMap.kind(ofMapNamed: name, release: "rel")
    #expect(found?.kind == Contract.NodeMap.differenceKind)
    #expect(found?.node == "node-1")
  }
}
