import CapacityPlan
import FilelogContract
import FilelogJSON
import OffsetSync
import TestSupport
import Testing

@testable import offset_sync_bench_scale

/// What the benchmark of fleets says of its figures.
@Suite struct ScaleBenchTests {
  private static func row(
    _ nodes: Int, stored: Double, p99: Double = 0.1, failures: [String] = []
  ) -> TrafficRow {
    TrafficRow(
      layout: .perNode, nodes: nodes, atOnce: nodes, stores: 500, failures: failures,
      storedBytes: stored, requestBytes: 13_725, responseBytes: 1155, watchBytes: 14_848,
      meanSeconds: 0.01, p99Seconds: p99)
  }

  @Test func storesThatGrowWithTheFleetMissTheDemand() throws {
    func verdict(_ stored: Double) -> Verdict? {
      Verdict.independence([Self.row(10, stored: 1000), Self.row(200, stored: stored)])
    }
    #expect(verdict(1050)?.isMet == true)
    #expect(verdict(1051)?.isMet == false)
    #expect(verdict(1051)?.measured == "with 200 nodes 1.051 times those with 10")
    // One size says nothing.
    #expect(Verdict.independence([Self.row(10, stored: 1000)])?.title == nil)
  }

  @Test func oneFailureOrASlowHundredthMissTheDemand() {
    #expect(Verdict.herd(Self.row(50, stored: 1, p99: 1)).isMet)
    #expect(!Verdict.herd(Self.row(50, stored: 1, p99: 1.001)).isMet)
    let failed = Verdict.herd(Self.row(50, stored: 1, failures: ["504"]))
    #expect(!failed.isMet)
    #expect(failed.measured == "1 of 500 failed, p99 100.0 ms")
  }

  @Test func figuresThatThePlanDoesNotKnowMissTheDemand() {
    let verdict = Verdict.model([Self.row(10, stored: 11_400)])
    #expect(verdict?.isMet == false)
    #expect(
      verdict?.measured
        == "4 figures within 2.5 %, the farthest bytes stored of perNode with 10 nodes")
  }

  @Test func aReportNamesWhatWasMissed() {
    var report = Report()
    report.server = "a server"
    report.rows = [Self.row(10, stored: 1_234_567, failures: ["cannot: 504"])]
    report.verdicts = [Verdict(title: "all is well", measured: "nothing is", isMet: false)]
    #expect(!report.isGood)
    #expect(report.text.hasPrefix("Against a server. Bytes are of one store.\n"))
    #expect(report.text.contains("  1,234,567  "))
    #expect(report.text.contains("\nfailed: cannot: 504\n"))
    #expect(report.text.hasSuffix("\nMISSED  all is well: nothing is\n"))
    #expect(report.json["verdicts"]?[0]?["met"] == false)
  }
}
