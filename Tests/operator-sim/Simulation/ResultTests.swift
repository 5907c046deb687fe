import JSON
import Testing

@testable import Simulation

@Suite struct ResultTests {
  static func result(_ nodes: [RunResult.Node]) -> RunResult {
    RunResult(
      scenario: "rollout", surroundings: [], nodes: nodes, duration: .seconds(3), unknownRecords: 0,
      allowance: nil, isGood: true, record: RunRecord(), notes: [])
  }

  @Test func theTableHasARowForEachNodeAndOneForAll() {
    let result = Self.result([
      .init(
        name: "node-1", written: 12_345, delivered: 12_300, duplicated: 2, lost: 45, patches: 8,
        patchBytes: 1_234_567, lives: 3),
      .init(
        name: "node-2", written: 5, delivered: 5, duplicated: 0, lost: 0, patches: 1,
        patchBytes: 99, lives: 3),
    ])
    let expected = """
      node    pods  written  delivered  duplicated  lost  patches      bytes
      ----------------------------------------------------------------------
      node-1     3   12,345     12,300           2    45        8  1,234,567
      node-2     3        5          5           0     0        1         99
      ----------------------------------------------------------------------
      total      6   12,350     12,305           2    45        9  1,234,666

      """
    #expect(ResultTable.text(result) == expected)
  }

  @Test func complaintsThatAreCutSayThatTheyAre() {
    func text(_ length: Int) -> String? {
      SidecarComplaints.text(
        ofLine: #"{"level":"error","msg":"m","error":"\#(String(repeating: "x", count: length))"}"#
          .utf8)
    }
    #expect(text(297) == "m: " + String(repeating: "x", count: 297))
    #expect(text(298) == "m: " + String(repeating: "x", count: 296) + "…")
  }

  @Test func whatIsNotKnownIsNotShownAsZero() {
    let result = Self.result([
      .init(
        name: "node-1", written: 5, delivered: 5, duplicated: 0, lost: 0, patches: nil,
        patchBytes: nil, lives: 1)
    ])
    #expect(ResultTable.text(result).hasSuffix("0        –      –\n"))
    #expect(result.json["total"]?["patches"] == .null)
    #expect(result.json["good"] == true)
  }
}
