import FilelogContract
import TestSupport
import Testing

@testable import offset_sync_bench_scale

/// The benchmark of fleets, in small: with real requests over loopback. `make test-slow` runs it.
@Suite(.waits) struct ScaleBenchFleetTests {
  /// `make bench-scale` compares all of them.
  @Test(arguments: Contract.OffsetLayout.allCases)
  func thePlanIsFittedToWhatAFleetOfTenCostsToday(_ layout: Contract.OffsetLayout) throws {
    let bench = TrafficBench(server: try Server(kubeconfig: nil))
    let row = try bench.run(layout, nodes: 10, atOnce: 2, rounds: 1, isWatched: true)
    #expect(row.failures == [])
    let verdict = try #require(Verdict.model([row]))
    #expect(verdict.isMet, "\(verdict.measured)")
    #expect(verdict.measured.hasPrefix("4 figures within 0."))
  }

  @Test(arguments: Contract.OffsetLayout.allCases)
  func idleNodesWriteNothing(_ layout: Contract.OffsetLayout) throws {
    let bench = IdleBench(server: try Server(kubeconfig: nil))
    let result = try bench.run(layout, nodes: 3, for: .seconds(1))
    #expect(result.writes == 0)
    #expect(result.commits > result.nodes && result.looks > result.nodes)
  }
}
