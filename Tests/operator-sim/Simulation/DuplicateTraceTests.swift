import BoltFile
import FilelogCheckpoint
import TestSupport
import Testing

@testable import Simulation

@Suite struct DuplicateTraceTests {
  static let file = RecordIdentity.File(node: "node-1", number: 3)
  static let start = ContinuousClock.now

  static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

  /// The collector of second 0 delivers records, its pod is asked to stop at second 10, and the one
  /// of second 12 begins at record 50.
  static func trace(
    committed: Int? = 80, lastCommit: Double = 9.9, found: Int? = 50, isAsked: Bool = true,
    outages: [ClosedRange<Double>] = []
  ) -> DuplicateTrace {
    func offsets(_ records: Int?, _ commit: Double) -> CollectorOffsets? {
      records.map { CollectorOffsets(records: [file: $0], lastCommit: at(commit)) }
    }
    let stop = Handover.Stop(time: at(10), committed: offsets(committed, lastCommit))
    return DuplicateTrace(
      handovers: [
        Handover(node: "node-1", time: at(0), found: CollectorOffsets(), stop: nil),
        Handover(node: "node-2", time: at(5), found: CollectorOffsets(), stop: nil),
        Handover(
          node: "node-1", time: at(12), found: offsets(found, 12), stop: isAsked ? stop : nil),
      ], backendOutages: outages.map { at($0.lowerBound)...at($0.upperBound) })
  }

  static func origins(
    _ trace: DuplicateTrace, _ sequences: ClosedRange<Int>, first: Double, again: Double
  ) -> [DuplicateOrigin] {
    trace.origins([
      Ledger.Repetition(time: at(again), file: file, sequences: sequences, first: at(first))
    ])
  }

  static func origin(_ cause: DuplicateCause, _ records: Int, collector: Int = 1) -> DuplicateOrigin
  {
    DuplicateOrigin(node: "node-1", collector: collector, cause: cause, records: records)
  }

  @Test func recordsBeforeACheckpointThatWasNotStoredAreToldFromThoseBehindEveryCheckpoint() {
    #expect(
      Self.origins(Self.trace(), 70...89, first: 9.8, again: 13) == [
        Self.origin(.cutPoll, 10), Self.origin(.notStored, 10),
      ])
  }

  @Test func aPollThatAnOutageHeldUpIsToldFromOneThatTheStopAloneCutShort() {
    let duringOutage = Self.trace(lastCommit: 3, outages: [2...7])
    #expect(
      Self.origins(duringOutage, 80...179, first: 9, again: 13) == [Self.origin(.heldUpPoll, 100)])
    // The receiver has committed since, so this outage held nothing up.
    let earlier = Self.trace(lastCommit: 9.9, outages: [2...7])
    #expect(Self.origins(earlier, 80...89, first: 9.95, again: 13) == [Self.origin(.cutPoll, 10)])
  }

  @Test func whatIsDeliveredAfterTheStopIsTheCollectorsOwnDelay() {
    #expect(
      Self.origins(Self.trace(), 90...99, first: 11, again: 13) == [Self.origin(.afterStop, 10)])
  }

  @Test func aPodThatDiesLeavesNothingToBeKnownOfItsStop() {
    #expect(
      Self.origins(Self.trace(isAsked: false), 60...60, first: 9, again: 13) == [
        Self.origin(.died, 1)
      ])
  }

  @Test func collectorThatSendsTwiceIsTheOnlyCause() {
    #expect(
      Self.origins(Self.trace(), 90...90, first: 13, again: 14) == [
        Self.origin(.sentTwice, 1, collector: 2)
      ])
  }

  @Test func whatTheStoredCheckpointCoversOrCouldNotBeReadIsNotExplained() {
    #expect(
      Self.origins(Self.trace(), 49...49, first: 9, again: 13) == [Self.origin(.unexplained, 1)])
    for trace in [Self.trace(found: nil), Self.trace(committed: nil)] {
      #expect(Self.origins(trace, 90...90, first: 9, again: 13) == [Self.origin(.unexplained, 1)])
    }
  }

  @Test func theLedgerListsNeighboursThatArrivedTogetherAsOne() {
    let ledger = Ledger()
    ledger.willWrite(6, to: Self.file)
    func text(_ sequence: Int) -> String {
      RecordIdentity(file: Self.file, sequence: sequence).text
    }
    ledger.received([0, 1, 2, 4].map(text))
    let before = ContinuousClock.now
    #expect(ledger.received([1, 2, 3, 4, 5].map(text)) == 3)
    let repetitions = ledger.repetitions
    #expect(repetitions.map(\.sequences) == [1...2, 4...4])
    for repetition in repetitions {
      #expect(repetition.file == Self.file)
      #expect(repetition.first < before)
      #expect(repetition.time >= before)
    }
  }

  @Test func offsetsOfACollectorAreReadFromItsDatabase() throws {
    let directory = TemporaryDirectory()
    let line = "2026-11-22T17:47:33.974468678Z stdout F "
    func known(_ number: Int, records: Int) -> KnownFile {
      let first = RecordIdentity(
        file: RecordIdentity.File(node: "node-1", number: number), sequence: 0)
      return KnownFile(
        fingerprint: Array((line + first.text + "id=x \n" + line).utf8),
        offset: Int64(records * ApplicationLogs.lineLength))
    }
    let checkpoint = Checkpoint(files: [
      known(3, records: 12), known(4, records: 0), KnownFile(fingerprint: Array("other".utf8)),
    ])
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(checkpoint.encoded()[...]))
    ])
    let root = BoltBucket(entries: [
      .init(key: Checkpoint.bucket[...], content: .bucket(bucket))
    ])
    let database = BoltContent(transaction: 7, pageSize: 4096, root: root)
    try HostFiles.write(database.compactFile(), to: directory.path + "/receiver_filelog_")
    try HostFiles.write([1, 2, 3], to: directory.path + "/exporter_otlp_http__logs")

    let offsets = try #require(CollectorOffsets.read(directory: directory.path))
    #expect(offsets.records == [Self.file: 12, .init(node: "node-1", number: 4): 0])
    #expect(try #require(offsets.lastCommit) <= .now)
    try HostFiles.write([1, 2, 3], to: directory.path + "/receiver_filelog_")
    #expect(CollectorOffsets.read(directory: directory.path) == nil)
  }
}
