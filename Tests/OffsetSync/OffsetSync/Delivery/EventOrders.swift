@testable import OffsetSync

/// What decides which checkpoint is stored; the real rule, or one that a test knows to be wrong.
protocol CheckpointRule {
  mutating func note(_ look: CheckpointConfirmation<Int>.Look)
  /// The offset that it would store now.
  var stored: Int { get }
}

/// Every order of events up to a length, each played to its end.
struct EventOrders<Rule: CheckpointRule> {
  /// How many orders were played, and how many of them stored something.
  private(set) var orders = 0
  private(set) var storing = 0
  /// The shortest order that stored an offset beyond a record that was not delivered.
  private(set) var violation: [ModelCollector.Event]?

  private let length: Int
  private let knowsAge: Bool

  /// - Parameters:
  ///   - beginning: what always comes first; it does not count as length.
  ///   - length: how many events follow.
  ///   - pause: how long the longest of them takes, in milliseconds.
  ///   - knowsAge: whether looks learn when the file was last written.
  init(
    after beginning: [ModelCollector.Event] = [], length: Int, pause: Int, knowsAge: Bool,
    rule: Rule
  ) {
    self.length = length + beginning.count
    self.knowsAge = knowsAge
    var model = ModelCollector(pause: pause)
    var rule = rule
    for event in beginning { step(event, &model, &rule) }
    play(model, rule, beginning)
  }

  private mutating func play(
    _ model: ModelCollector, _ rule: Rule, _ events: [ModelCollector.Event]
  ) {
    guard events.count < length else {
      orders += 1
      if rule.stored > 0 { storing += 1 }
      return
    }
    for event in ModelCollector.Event.allCases where model.allows(event) {
      // Nobody notices what two of these do in another order.
      if event == .pause, events.last == .pause { continue }
      var next = model
      var rule = rule
      step(event, &next, &rule)
      let order = events + [event]
      if rule.stored > next.delivered {
        if violation.map({ order.count < $0.count }) ?? true { violation = order }
        continue
      }
      play(next, rule, order)
    }
  }

  private func step(
    _ event: ModelCollector.Event, _ model: inout ModelCollector, _ rule: inout Rule
  ) {
    let sight = model.sight
    model.play(event)
    guard event == .endLook, let sight, let answer = sight.answer else { return }
    rule.note(
      CheckpointConfirmation<Int>.Look(
        began: .milliseconds(sight.began), ended: .milliseconds(model.now),
        transaction: sight.transaction, content: sight.offset, bytes: 1000,
        age: knowsAge ? .milliseconds(answer.age) : nil, isHeld: answer.isHeld))
  }
}
