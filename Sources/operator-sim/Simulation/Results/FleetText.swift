internal import FilelogText

/// A fleet's figures in words.
extension FleetFigures {
  /// What the fleet did to its API server, and how it came back, one line each.
  public var lines: [String] {
    let refused = refusedWrites == 0 ? "" : " (\(refusedWrites.grouped) refused)"
    let writes =
      "API server: \(self.writes.grouped) writes\(refused), "
      + "\(reads.grouped) reads; \(Self.number(steadyWrites)) writes a second "
      + "undisturbed, at most \(peakWrites.grouped) in one"
    return [writes] + recoveries.map(\.line)
  }

  fileprivate static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return (tenths / 10).grouped + (tenths % 10 == 0 ? "" : ".\(tenths % 10)")
  }
}

extension FleetFigures.Recovery {
  /// How the fleet came back, and whether that was spread over time.
  var line: String {
    let away = "after \(FleetFigures.number(length / .seconds(1))) s without API server: "
    guard let limit, let ratio else { return away + "nothing was written before" }
    return away
      + "at most \(peakWrites.grouped) writes in a second, "
      + "\(FleetFigures.number(ratio)) times the \(FleetFigures.number(steadyWrites)) before: "
      + (isSpread ? "spread" : "a thundering herd") + " (limit \(FleetFigures.number(limit)))"
  }
}
