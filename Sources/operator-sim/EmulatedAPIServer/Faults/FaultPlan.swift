internal import Synchronization

/// The faults that are set, and which of them is due.
final class FaultPlan: Sendable {
  struct Entry: Sendable {
    let id: Int
    /// As it was written, for lists; empty for one that was set by a program.
    let text: String
    let fault: Fault
    let start: ContinuousClock.Instant
    var hits = 0
    /// Fills with every matching request until one is met.
    var share = 0.0

    func isOver(_ now: ContinuousClock.Instant) -> Bool {
      if let times = fault.times, hits >= times { return true }
      return fault.duration.map { now >= start + fault.delay + $0 } ?? false
    }
  }

  private struct State {
    var nextID = 1
    var entries: [Entry] = []
  }

  private let state = Mutex(State())

  func add(_ fault: Fault, text: String = "", now: ContinuousClock.Instant = .now) -> Int {
    state.withLock { state in
      defer { state.nextID += 1 }
      state.entries.append(Entry(id: state.nextID, text: text, fault: fault, start: now))
      return state.nextID
    }
  }

  /// - Returns: false when there is none with that number.
  func remove(_ id: Int) -> Bool {
    state.withLock { state in
      let count = state.entries.count
      state.entries.removeAll { $0.id == id }
      return state.entries.count < count
    }
  }

  func removeAll() { state.withLock { $0.entries = [] } }

  var entries: [Entry] { state.withLock { $0.entries } }

  /// The first fault that meets a request, counted as one of its hits.
  func due(_ subject: FaultSubject, now: ContinuousClock.Instant = .now) -> Fault? {
    state.withLock { state in
      state.entries.removeAll { $0.isOver(now) }
      for index in state.entries.indices {
        let entry = state.entries[index]
        guard now >= entry.start + entry.fault.delay, entry.fault.effect != .outage,
          entry.fault.requests.match(subject)
        else { continue }
        state.entries[index].share += entry.fault.rate
        guard state.entries[index].share >= 1 - 1e-9 else { continue }
        state.entries[index].share -= 1
        state.entries[index].hits += 1
        return entry.fault
      }
      return nil
    }
  }

  /// Whether the port must be closed now, and when that may change next; nil when nothing is
  /// planned.
  func outage(
    _ now: ContinuousClock.Instant
  ) -> (isOut: Bool, until: ContinuousClock.Instant?) {
    state.withLock { state in
      let outages = state.entries.filter { $0.fault.effect == .outage && !$0.isOver(now) }
      let isOut = outages.contains { now >= $0.start + $0.fault.delay }
      let moments = outages.flatMap { entry in
        let begin = entry.start + entry.fault.delay
        return [begin, begin + (entry.fault.duration ?? .zero)]
      }
      return (isOut, moments.filter { $0 > now }.min())
    }
  }
}
