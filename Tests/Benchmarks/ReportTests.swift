import FilelogJSON
import Testing

@testable import offset_sync_bench

@Suite struct ReportTests {
  let machine = MachineKind(architecture: "x86_64", processors: 2, cpuinfo: "model name : X")
  let peak = Measurement(subject: .node(logFiles: 200), quantity: .peakMemory, value: 10.5)
  let cycle = Measurement(subject: .node(logFiles: 2000), quantity: .unchangedCycle, value: 16)
  let pack = Measurement(subject: .node(logFiles: 200), quantity: .pack, value: 12.345)

  func report(_ measurements: [Measurement], lastRun: LastRun? = nil) -> Report {
    Report(
      machine: machine, syncs: 10_000, measurements: measurements, tolerance: 0.25,
      lastRun: lastRun)
  }

  @Test func theTableHoldsEachFigureAgainstWhatIsDemandedAndWhatWas() {
    let before = LastRun([
      Measurement(subject: .node(logFiles: 200), quantity: .peakMemory, value: 10),
      Measurement(subject: .node(logFiles: 200), quantity: .pack, value: 24.69),
    ])
    #expect(
      report([peak, cycle, pack], lastRun: before).text == """
        x86_64-2-x, memory over 10000 syncs; last run: as committed
        of              what                           measured      at most  verdict  Go sidecar  last run
        200 log files   peak memory of a sync process  10.50 MB      12.00    met      0.42 ×      1.05 ×
        2000 log files  cycle without change           16.00 ms CPU  15.00    close    0.08 ×
        200 log files   pack                           12.35 ms CPU                                0.50 ×

        """)
  }

  @Test func theTableSaysWhenThereIsNothingToCompareWith() {
    #expect(
      report([pack]).text == """
        x86_64-2-x, memory over 10000 syncs; no run of this kind of machine is committed
        of             what  measured      at most  verdict  Go sidecar  last run
        200 log files  pack  12.35 ms CPU

        """)
  }

  @Test func aTimeMayBeOverByTheToleranceAndMemoryByNothing() {
    func verdict(_ quantity: Quantity, _ value: Double, files: Int) -> Measurement.Verdict? {
      Measurement(subject: .node(logFiles: files), quantity: quantity, value: value)
        .verdict(tolerance: 0.25)
    }
    #expect(verdict(.startAndInit, 30, files: 200) == .met)
    #expect(verdict(.startAndInit, 37.5, files: 200) == .close)
    #expect(verdict(.startAndInit, 37.6, files: 200) == .missed)
    #expect(verdict(.peakMemory, 12, files: 200) == .met)
    #expect(verdict(.peakMemory, 12.01, files: 200) == .missed)
    #expect(verdict(.idleRequests, 1, files: 200) == .missed)
    #expect(verdict(.wakeUps, 1.2, files: 200) == .missed)
    #expect(verdict(.pack, 1000, files: 200) == nil)
  }

  @Test func onlyAMissedTargetIsUnacceptable() {
    #expect(report([peak, cycle, pack]).isAcceptable)
    let missed = Measurement(subject: .image, quantity: .imageUnpacked, value: 26.1)
    #expect(!report([peak, missed]).isAcceptable)
  }

  @Test func jsonHasEveryFieldOfTheTable() throws {
    let json = try JSONValue(parsing: report([peak], lastRun: LastRun([peak])).json)
    #expect(
      json == [
        "machine": "x86_64-2-x", "syncs": 10_000,
        "measurements": [
          [
            "subject": "200 log files", "quantity": "peakMemory", "value": 10.5, "unit": "MB",
            "target": 12, "verdict": "met", "goSidecar": 25, "goRatio": 0.42, "lastRunRatio": 1,
          ]
        ],
      ])
  }

  @Test func whatIsRecordedIsWhatALaterRunIsComparedWith() throws {
    let record = report([peak, cycle]).record
    let read = try LastRun(parsing: Array(record.utf8), path: "run.json")
    #expect(read == LastRun([peak, cycle]))
    #expect(read.ratio(peak) == 1)
    #expect(read.ratio(pack) == nil)
  }

  @Test func nothingIsCalledAMultipleOfZero() {
    let none = Measurement(subject: .node(logFiles: 200), quantity: .pack, value: 0)
    #expect(LastRun([none]).ratio(none) == nil)
    let growth = Measurement(subject: .node(logFiles: 200), quantity: .memoryGrowth, value: 0.02)
    #expect(LastRun([growth]).ratio(growth) == nil)
  }

  @Test(arguments: ["", "[]", #"{"measurements": [{"subject": "image"}]}"#])
  func aFileThatHoldsNoRunIsRefused(text: String) {
    let error = #expect(throws: LastRun.Malformed.self) {
      try LastRun(parsing: Array(text.utf8), path: "Benchmarks/x.json")
    }
    #expect(
      error.map { "\($0)" } == "Benchmarks/x.json: not a run as make bench-record writes it")
  }
}
