import Foundation
import Testing

@testable import OffsetSync

/// No order of events stores an offset beyond a record that was not delivered.
@Suite struct EventOrderTests {
  /// What was read in a scan.
  private struct Offset: ConfirmableContent, Equatable {
    let offset: Int
    var commitsPerPoll: UInt64 { 1 }

    func isBeyond(_ other: Self) -> Bool { offset > other.offset }
  }

  /// The rule that ships. A stop of the model makes three commits.
  private struct Shipped: CheckpointRule {
    var confirmation = CheckpointConfirmation<Offset>(idlePolls: 3)

    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      confirmation.note(sighting.transaction, content: Offset(offset: sighting.offset))
    }

    mutating func peeked(_ sighting: ModelCollector.Sighting) {
      confirmation.note(sighting.transaction)
    }

    var stored: Int { confirmation.confirmed?.content.offset ?? 0 }
  }

  /// The same with any other content, or any later commit, as good as one that goes further.
  private struct Credulous: CheckpointRule {
    private var confirmation: CheckpointConfirmation<Changed>

    init(idlePolls: UInt64) { confirmation = .init(idlePolls: idlePolls) }

    private struct Changed: ConfirmableContent, Equatable {
      let offset: Int
      let transaction: UInt64
      var commitsPerPoll: UInt64 { 1 }

      func isBeyond(_ other: Self) -> Bool { transaction > other.transaction }
    }

    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      confirmation.note(
        sighting.transaction,
        content: Changed(offset: sighting.offset, transaction: sighting.transaction))
    }

    var stored: Int { confirmation.confirmed?.content.offset ?? 0 }
  }

  /// Trusts what a receiver committed if it writes again later than a stop takes on an idle machine.
  private struct LaterWriteIsTrue: CheckpointRule {
    private(set) var stored = 0
    private var seen: ModelCollector.Sighting?

    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      guard let first = seen, first.offset == sighting.offset else {
        seen = sighting
        return
      }
      if sighting.transaction > first.transaction, sighting.began - first.ended >= 3000 {
        stored = sighting.offset
      }
    }
  }

  /// What is right as long as offsets run ahead of delivery anyway.
  private struct NewestWins: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      stored = sighting.offset
    }
  }

  /// Trusts what a receiver commits as long as it holds its lock.
  private struct HeldIsTrue: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      if sighting.isHeld { stored = sighting.offset }
    }
  }

  /// Trusts what a receiver committed if it still holds its lock longer after that than a stopping
  /// receiver takes when nothing keeps it.
  private struct HeldLaterIsTrue: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      if sighting.isHeld, sighting.age >= 3000 { stored = sighting.offset }
    }
  }

  /// Doubts only what follows a standstill: misses the poll that a stop interrupts in good times.
  private struct StandstillOnly: CheckpointRule {
    private(set) var stored = 0
    private var lastAge = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting) {
      if sighting.offset == stored || lastAge < 1000 { stored = sighting.offset }
      lastAge = sighting.age
    }
  }

  /// `OFFSET_SYNC_ORDER_LENGTH` makes them longer, for a search by hand.
  private static let length =
    ProcessInfo.processInfo.environment["OFFSET_SYNC_ORDER_LENGTH"].flatMap { Int($0) } ?? 6

  private static let isByHand = length > 6

  /// Where the orders begin: nothing was seen yet; the receiver's rhythm is known; a poll waits for
  /// a backend that is away, seen or not; the receiver is stopping, and was seen to.
  private static let beginnings: [[ModelCollector.Event]] = {
    let poll: [ModelCollector.Event] = [.beginPoll, .endPoll]
    let scan = ModelCollector.scan
    let warm = poll + scan + poll + scan
    return [
      [], warm, warm + [.backendFails, .beginPoll, .pause],
      warm + [.backendFails, .beginPoll, .pause] + scan,
      warm + [.beginPoll, .terminate, .stopStep] + scan,
    ]
  }()

  @Test(arguments: beginnings.indices, [150, 4000])
  func noOrderStoresOffsetOfUndeliveredRecord(beginning: Int, pause: Int) {
    let all = EventOrders(
      after: Self.beginnings[beginning], length: Self.length, pause: pause, rule: Shipped())
    #expect(all.violation == nil)
    #expect(all.orders > 1000)
    // Nor is it right by storing nothing.
    if (1...3).contains(beginning) { #expect(all.storing > 0) }
    if Self.isByHand { print(beginning, pause, all.orders, all.storing) }
  }

  @Test func rulesThatTrustTooMuchAreRefuted() {
    let shortest = [.beginPoll, .terminate, .stopStep] + ModelCollector.scan
    let newest = EventOrders(length: 6, pause: 4000, rule: NewestWins())
    #expect(newest.violation == shortest)
    let held = EventOrders(length: 6, pause: 4000, rule: HeldIsTrue())
    #expect(held.violation == shortest)
    let standstill = EventOrders(length: 6, pause: 4000, rule: StandstillOnly())
    #expect(standstill.violation == shortest)
  }

  /// Unfinished lines keep a receiver from letting go of its lock after its last commit.
  @Test func lockHeldLongAfterCommitProvesNothing() {
    let stop: [ModelCollector.Event] = [.beginPoll, .terminate, .stopStep, .stopStep]
    let held = EventOrders(
      after: stop, length: 5, pause: 4000, rule: HeldLaterIsTrue())
    #expect(held.violation?.contains(.pause) == true)
  }

  /// A stop that gets no processor in its midst writes as late as a receiver that goes on.
  @Test func laterWriteProvesNothing() {
    let later = EventOrders(
      after: Self.beginnings[4], length: 7, pause: 4000, rule: LaterWriteIsTrue())
    #expect(later.violation != nil)
  }

  @Test func everyPartOfTheRuleIsNeeded() {
    let reading = EventOrders(
      after: Self.beginnings[4], length: 7, pause: 4000, rule: Credulous(idlePolls: 3))
    #expect(reading.violation != nil)
    var rule = Shipped()
    rule.confirmation = .init(idlePolls: 2)
    let polls = EventOrders(after: Self.beginnings[4], length: 7, pause: 4000, rule: rule)
    #expect(polls.violation != nil)
  }
}
