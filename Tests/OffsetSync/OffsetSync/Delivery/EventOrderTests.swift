import Foundation
import Testing

@testable import OffsetSync

/// No order of events stores an offset beyond a record that was not delivered.
@Suite struct EventOrderTests {
  /// The rule that ships, told what a sighting saw, or something else.
  private struct Shipped: CheckpointRule {
    var confirmation = CheckpointConfirmation<Int>()
    var lie: @Sendable (inout ModelCollector.Sighting) -> Void = { _ in }

    mutating func scanned(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
      var sighting = sighting
      lie(&sighting)
      confirmation.note(sighting.observation(knowsAge), content: sighting.offset, bytes: 1000)
    }

    mutating func peeked(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
      var sighting = sighting
      lie(&sighting)
      confirmation.note(sighting.observation(knowsAge))
    }

    var stored: Int { confirmation.confirmed?.content ?? 0 }
  }

  /// What is right as long as offsets run ahead of delivery anyway.
  private struct NewestWins: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
      stored = sighting.offset
    }
  }

  /// Trusts what a receiver commits as long as it holds its lock.
  private struct HeldIsTrue: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
      if sighting.isHeld { stored = sighting.offset }
    }
  }

  /// Trusts what a receiver committed if it still holds its lock longer after that than a stopping
  /// receiver takes when nothing keeps it.
  private struct HeldLaterIsTrue: CheckpointRule {
    private(set) var stored = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
      if sighting.isHeld, sighting.age >= 3000 { stored = sighting.offset }
    }
  }

  /// Doubts only what follows a standstill: misses the poll that a stop interrupts in good times.
  private struct StandstillOnly: CheckpointRule {
    private(set) var stored = 0
    private var lastAge = 0
    mutating func scanned(_ sighting: ModelCollector.Sighting, knowsAge: Bool) {
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
    for knowsAge in [true, false] {
      let all = EventOrders(
        after: Self.beginnings[beginning], length: Self.length, pause: pause, knowsAge: knowsAge,
        rule: Shipped())
      #expect(all.violation == nil)
      #expect(all.orders > 1000)
      // Nor is it right by storing nothing.
      if (1...3).contains(beginning) { #expect(all.storing > 0) }
      if Self.isByHand { print(beginning, pause, knowsAge, all.orders, all.storing) }
    }
  }

  @Test func rulesThatTrustTooMuchAreRefuted() {
    let shortest = [.beginPoll, .terminate, .stopStep] + ModelCollector.scan
    let newest = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: NewestWins())
    #expect(newest.violation == shortest)
    let held = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: HeldIsTrue())
    #expect(held.violation == shortest)
    let standstill = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: StandstillOnly())
    #expect(standstill.violation == shortest)
  }

  /// Unfinished lines keep a receiver from letting go of its lock after its last commit.
  @Test func lockHeldLongAfterCommitProvesNothing() {
    let stop: [ModelCollector.Event] = [.beginPoll, .terminate, .stopStep, .stopStep]
    let held = EventOrders(
      after: stop, length: 5, pause: 4000, knowsAge: true, rule: HeldLaterIsTrue())
    #expect(held.violation?.count == stop.count + 5)
    #expect(held.violation?.contains(.pause) == true)
  }

  /// Each lie takes one part of the rule away.
  @Test(arguments: ["settling", "later write", "duration of scans"])
  func everyPartOfTheRuleIsNeeded(_ part: String) {
    let rule = Shipped { sighting in
      switch part {
      case "settling":
        // The same in slow motion.
        sighting.began *= 100
        sighting.ended *= 100
        sighting.age *= 100
      case "later write":
        sighting.transaction += UInt64(sighting.ended)
        sighting.age = 0
      default: sighting.began = sighting.ended
      }
    }
    let all = EventOrders(
      after: Self.beginnings[4], length: 7, pause: 4000, knowsAge: true, rule: rule)
    #expect(all.violation != nil)
  }
}

extension ModelCollector.Sighting {
  fileprivate func observation(
    _ knowsAge: Bool
  ) -> CheckpointConfirmation<Int>.Observation {
    CheckpointConfirmation<Int>.Observation(
      began: .milliseconds(began), ended: .milliseconds(ended), transaction: transaction,
      age: knowsAge ? .milliseconds(age) : nil)
  }
}
