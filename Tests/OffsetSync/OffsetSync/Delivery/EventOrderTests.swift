import Foundation
import Testing

@testable import OffsetSync

/// No order of events stores an offset beyond a record that was not delivered.
@Suite struct EventOrderTests {
  /// The rule that ships.
  private struct Shipped: CheckpointRule {
    private var truth = CheckpointConfirmation<Int>()
    mutating func note(_ look: CheckpointConfirmation<Int>.Look) { truth.note(look) }
    var stored: Int { truth.delivered?.content ?? 0 }
  }

  /// What is right as long as offsets run ahead of delivery anyway.
  private struct NewestWins: CheckpointRule {
    private(set) var stored = 0
    mutating func note(_ look: CheckpointConfirmation<Int>.Look) { stored = look.content }
  }

  /// Trusts what a receiver commits as long as it holds its lock.
  private struct HeldIsTrue: CheckpointRule {
    private(set) var stored = 0
    mutating func note(_ look: CheckpointConfirmation<Int>.Look) {
      if look.isHeld { stored = look.content }
    }
  }

  /// Doubts only what follows a standstill: misses the poll that a stop interrupts in good times.
  private struct StandstillOnly: CheckpointRule {
    private(set) var stored = 0
    private var lastAge = Duration.zero
    mutating func note(_ look: CheckpointConfirmation<Int>.Look) {
      if look.content == stored || lastAge < .seconds(1) { stored = look.content }
      lastAge = look.age ?? .zero
    }
  }

  /// The shipped rule, told other things than the looks saw.
  private struct Deceived: CheckpointRule {
    var truth = CheckpointConfirmation<Int>()
    let lie: @Sendable (CheckpointConfirmation<Int>.Look) -> CheckpointConfirmation<Int>.Look
    mutating func note(_ look: CheckpointConfirmation<Int>.Look) { truth.note(lie(look)) }
    var stored: Int { truth.delivered?.content ?? 0 }
  }

  /// `OFFSET_SYNC_ORDER_LENGTH` makes them longer, for a search by hand.
  private static let length =
    ProcessInfo.processInfo.environment["OFFSET_SYNC_ORDER_LENGTH"].flatMap { Int($0) } ?? 6

  private static let isByHand = length > 6

  /// Where the orders begin: nothing was seen yet; the receiver's rhythm is known; a poll waits for
  /// a backend that is away, seen or not; the receiver is stopping, and was seen to.
  private static let beginnings: [[ModelCollector.Event]] = {
    let poll: [ModelCollector.Event] = [.beginPoll, .endPoll]
    let look = ModelCollector.look
    let warm = poll + look + poll + look
    return [
      [], warm, warm + [.backendFails, .beginPoll, .pause],
      warm + [.backendFails, .beginPoll, .pause] + look,
      warm + [.beginPoll, .terminate, .stopStep] + look,
    ]
  }()

  @Test(arguments: beginnings.indices, [150, 4000])
  func noOrderStoresAnOffsetBeyondARecordThatWasNotDelivered(beginning: Int, pause: Int) {
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

  @Test func rulesThatTrustTooMuchAreFoundOut() {
    let shortest = [.beginPoll, .terminate, .stopStep] + ModelCollector.look
    let newest = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: NewestWins())
    #expect(newest.violation == shortest)
    let held = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: HeldIsTrue())
    #expect(held.violation == shortest)
    let standstill = EventOrders(length: 6, pause: 4000, knowsAge: true, rule: StandstillOnly())
    #expect(standstill.violation == shortest)
  }

  /// Each lie takes one part of the rule away.
  @Test(arguments: ["settling", "lock", "duration of looks"])
  func everyPartOfTheRuleIsNeeded(_ part: String) {
    let rule = Deceived { look in
      switch part {
      case "settling": look.changed(age: (look.age ?? .zero) + .seconds(3))
      case "lock": look.changed(isHeld: true)
      default: look.changed(began: look.ended)
      }
    }
    let all = EventOrders(
      after: Self.beginnings[4], length: 7, pause: 4000, knowsAge: true, rule: rule)
    #expect(all.violation != nil)
  }
}

extension CheckpointConfirmation.Look {
  fileprivate func changed(
    began: Duration? = nil, age: Duration? = nil, isHeld: Bool? = nil
  ) -> Self {
    Self(
      began: began ?? self.began, ended: ended, transaction: transaction, content: content,
      bytes: bytes, age: age ?? self.age, isHeld: isHeld ?? self.isHeld)
  }
}
