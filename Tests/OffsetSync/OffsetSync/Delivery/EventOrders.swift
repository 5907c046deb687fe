@testable import OffsetSync

/// What decides which checkpoint is stored; the real rule, or one that a test knows to be wrong.
protocol CheckpointRule {
  /// A scan has ended.
  mutating func scanned(_ sighting: ModelCollector.Sighting)
  /// The same but for the content.
  mutating func peeked(_ sighting: ModelCollector.Sighting)
  /// The offset that it would store now.
  var stored: Int { get }
}

extension CheckpointRule {
  mutating func peeked(_ sighting: ModelCollector.Sighting) {}
}

/// Every order of events up to a length, each played to its end.
struct EventOrders<Rule: CheckpointRule> {
  /// How many orders were played, and how many of them stored something.
  private(set) var orders = 0
  private(set) var storing = 0
  /// The shortest order that stored an offset beyond a record that was not delivered.
  private(set) var violation: [ModelCollector.Event]?

  private let length: Int

  /// - Parameters:
  ///   - beginning: what always comes first; it does not count as length.
  ///   - length: how many events follow.
  ///   - pause: how long the longest of them takes, in milliseconds.
  init(
    after beginning: [ModelCollector.Event] = [], length: Int, pause: Int, rule: Rule
  ) {
    self.length = length + beginning.count
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
      // Two of these in a row differ in nothing from one.
      if event == .pause || event == .peek, events.last == event { continue }
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
    var scan = model.scan
    model.play(event)
    switch event {
    case .peek: rule.peeked(model.sighting)
    case .endScan:
      scan?.ended = model.now
      if let scan { rule.scanned(scan) }
    default: break
    }
  }
}
