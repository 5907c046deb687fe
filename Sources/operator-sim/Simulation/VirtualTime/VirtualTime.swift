/// Time that passes only when everything waits: what is due next happens next.
///
/// One thing runs at a time, in the order of its moments and, where they are equal, in the order in
/// which it was asked for. So the same beginning always has the same end.
final class VirtualTime: @unchecked Sendable {
  private struct Event {
    var time: Duration
    var number: Int
    var action: () -> Void
  }

  /// The moment at which it begins, 2026-01-01T00:00:00Z, since 1970.
  static let epoch = Duration.seconds(1_767_225_600)

  /// Since the beginning.
  private(set) var now = Duration.zero
  /// A binary heap, the next event first.
  private var events: [Event] = []
  private var count = 0

  /// Lets something happen at a moment; at once when that is over.
  func at(_ time: Duration, _ action: @escaping () -> Void) {
    count += 1
    events.append(Event(time: max(time, now), number: count, action: action))
    rise(events.count - 1)
  }

  func after(_ delay: Duration, _ action: @escaping () -> Void) { at(now + delay, action) }

  /// Lets time pass until a condition holds or the event queue is empty.
  /// - Returns: whether the condition holds.
  func run(until isDone: () -> Bool) -> Bool {
    while !isDone() {
      guard let event = next() else { return false }
      now = event.time
      event.action()
    }
    return true
  }

  private func next() -> Event? {
    guard let first = events.first else { return nil }
    let last = events.removeLast()
    if !events.isEmpty {
      events[0] = last
      sink()
    }
    return first
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (events[one].time, events[one].number) < (events[other].time, events[other].number)
  }

  private func rise(_ start: Int) {
    var index = start
    while index > 0, isBefore(index, (index - 1) / 2) {
      events.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private func sink() {
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < events.count && isBefore(child, least) {
        least = child
      }
      if least == index { return }
      events.swapAt(index, least)
      index = least
    }
  }
}
