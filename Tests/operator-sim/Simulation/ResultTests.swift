import FilelogJSON
import Testing

@testable import Simulation

@Suite struct ResultTests {
  static func result(_ nodes: [RunResult.Node]) -> RunResult {
    RunResult(
      scenario: "rollout", setup: [], nodes: nodes, duration: .seconds(3), unknownRecords: 0,
      expectedLoss: nil, isGood: true, record: RunRecord(), notes: [])
  }

  @Test func tableHasRowForEachNodeAndTotal() {
    let result = Self.result([
      .init(
        name: "node-1", written: 12_345, delivered: 12_300, duplicated: 2, lost: 45, patches: 8,
        patchBytes: 1_234_567, podGenerations: 3),
      .init(
        name: "node-2", written: 5, delivered: 5, duplicated: 0, lost: 0, patches: 1,
        patchBytes: 99, podGenerations: 3),
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

  @Test func cutComplaintsEndInEllipsis() {
    func text(_ length: Int) -> String? {
      SidecarComplaints.text(
        ofLine: #"{"level":"error","msg":"m","error":"\#(String(repeating: "x", count: length))"}"#
          .utf8)
    }
    #expect(text(297) == "m: " + String(repeating: "x", count: 297))
    #expect(text(298) == "m: " + String(repeating: "x", count: 296) + "…")
  }

  @Test func unknownFiguresAreNotShownAsZero() {
    let result = Self.result([
      .init(
        name: "node-1", written: 5, delivered: 5, duplicated: 0, lost: 0, patches: nil,
        patchBytes: nil, podGenerations: 1)
    ])
    #expect(ResultTable.text(result).hasSuffix("0        –      –\n"))
    #expect(result.json["total"]?["patches"] == .null)
    #expect(result.json["good"] == true)
  }

  @Test func tableOfManyNodesShowsTheWorstTenAndTotalOfAll() {
    func node(_ number: Int, duplicated: Int = 0, lost: Int = 0) -> RunResult.Node {
      .init(
        name: "node-\(number)", written: 10, delivered: 10 - lost, duplicated: duplicated,
        lost: lost, patches: 1, patchBytes: 2, podGenerations: 1)
    }
    var nodes = (1...300).map { node($0) }
    nodes[199] = node(200, lost: 1)
    nodes[299] = node(300, duplicated: 5)
    let lines = ResultTable.text(Self.result(nodes), showsAll: false).split(separator: "\n")
    #expect(lines.count == 1 + 1 + 10 + 1 + 1)
    #expect(lines[2].hasPrefix("node-1 "))
    #expect(lines.contains { $0.hasPrefix("node-200 ") })
    #expect(lines.contains { $0.hasPrefix("node-300 ") })
    #expect(lines.last?.contains("3,000") == true)
    #expect(ResultTable.text(Self.result(nodes)).split(separator: "\n").count == 304)
  }
}
