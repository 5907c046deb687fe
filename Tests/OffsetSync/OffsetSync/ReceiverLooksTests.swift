import BoltFile
import TestSupport
import Testing

@testable import OffsetSync

/// When a receiver last looked at its files, told from what was seen of its commits.
@Suite struct ReceiverLooksTests {
  private static let name = "receiver_filelog_"

  private func look(
    _ sightings: [(transaction: UInt64, seconds: Double)], at transaction: UInt64,
    commitsPerPoll: UInt64 = 1
  ) -> Double? {
    let looks = ReceiverLooks()
    for (transaction, seconds) in sightings {
      looks.note(Self.name, transaction, at: .seconds(seconds))
      looks.note(Self.name, commitsPerPoll: commitsPerPoll)
    }
    let time = looks.time(of: Self.name, at: transaction, written: .seconds(100))
    return time.map { (($0 - ReceiverLooks.lag) / .seconds(1) * 100).rounded() / 100 }
  }

  @Test func theLastMomentOfTheThirdTransactionBeforeCounts() {
    let sightings: [(UInt64, Double)] = [(1, 1), (7, 2), (8, 3), (8, 4), (9, 5), (10, 6), (11, 7)]
    #expect(look(sightings, at: 11) == 3.98)
    #expect(look(sightings, at: 12) == 4.98)
  }

  @Test func whatWasNotSeenErrsTowardsAnEarlierLook() {
    #expect(look([(1, 1), (7, 2), (20, 9)], at: 20) == 1.98)
  }

  @Test func tooLittleSeenTellsNothing() {
    #expect(look([], at: 9) == nil)
    #expect(look([(6, 1), (9, 2)], at: 9) == nil)
    // A receiver that is stopped before its first poll: two commits when it opens, one when it stops.
    #expect(look([(6, 1), (8, 2), (9, 3)], at: 9) == nil)
    #expect(look([(6, 1), (8, 2), (10, 3)], at: 10) == 0.98)
  }

  @Test func aDatabaseThatBeganAnewIsSeenAnew() {
    #expect(look([(90, 1), (95, 2), (3, 3), (4, 4)], at: 4) == nil)
    #expect(look([(90, 1), (95, 2), (3, 3), (4, 4), (9, 5)], at: 9) == 3.98)
  }

  @Test func aPollOfManyTransactionsIsWaitedFor() {
    let sightings: [(UInt64, Double)] = [(1, 1), (150, 2), (300, 3), (550, 4), (1000, 5)]
    #expect(look(sightings, at: 1000, commitsPerPoll: 200) == 2.98)
  }

  @Test func aTimeAfterTheLastCommitIsNotKept() {
    let looks = ReceiverLooks()
    for (transaction, seconds) in [(1, 1), (2, 2), (9, 3)] as [(UInt64, Double)] {
      looks.note(Self.name, transaction, at: .seconds(seconds))
    }
    #expect(looks.time(of: Self.name, at: 9, written: .seconds(2)) == .seconds(2))
    #expect(looks.time(of: "another", at: 9, written: .seconds(2)) == nil)
    looks.note("another", 5, at: nil)
    #expect(looks.time(of: "another", at: 9, written: nil) == nil)
  }

  /// Thousands of transactions leave few behind.
  @Test func anyNumberOfTransactionsTellsTheSame() {
    let looks = ReceiverLooks()
    for transaction in 1...10_000 as ClosedRange<UInt64> {
      looks.note(Self.name, transaction, at: .seconds(Double(transaction)))
    }
    let time = looks.time(of: Self.name, at: 10_000, written: nil)
    #expect(time == .seconds(9997) + .milliseconds(280))
  }
}
