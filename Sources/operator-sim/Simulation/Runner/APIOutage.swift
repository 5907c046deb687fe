/// When the API server is away.
final class APIOutage<Played: Fleet> {
  private let fleet: Played
  /// When it comes back; nil while it is there.
  private(set) var end: Duration?

  init(_ fleet: Played) { self.fleet = fleet }

  /// Takes it away for a while, or for longer; it comes back while everything else goes on.
  /// - Parameter state: what pods find in its place.
  func begin(for length: Duration, as state: APIServerState = .away) throws {
    let end = fleet.now + length
    if let current = self.end, current >= end { return }
    if self.end == nil {
      try fleet.setAPIServer(state)
      fleet.record.outages.append(fleet.now...end)
    }
    self.end = end
    fleet.schedule(at: end) { [self] in
      guard self.end == end else { return }
      try fleet.setAPIServer(.there)
      self.end = nil
      if let began = fleet.record.outages.popLast()?.lowerBound {
        fleet.record.outages.append(began...max(began, fleet.now))
      }
    }
  }

  /// Waits until the API server is there.
  func awaitEnd() throws {
    try fleet.advance(until: { end == nil }, within: .seconds(90_000), "the end of the outage")
  }
}
