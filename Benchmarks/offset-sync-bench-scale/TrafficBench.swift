import CapacityPlan
import FilelogContract
import OffsetSync

/// What one store costs, by layout and size of the fleet.
struct TrafficRow {
  let layout: Contract.OffsetLayout
  let nodes: Int
  let atOnce: Int
  let stores: Int
  let failures: [String]
  /// All per store. Nil where the server does not tell.
  let storedBytes: Double?
  let requestBytes: Double
  let responseBytes: Double
  let watchBytes: Double?
  let meanSeconds: Double
  /// The hundredth part of all stores took longer.
  let p99Seconds: Double
}

struct TrafficBench {
  let server: Server
  /// Of every payload, as in the measurements of a real API server.
  static let payload = Measurements.payload

  /// - Parameters:
  ///   - rounds: how often every node stores, after a first time that makes maps and connections.
  ///   - isWatched: whether to find out what a watch of all maps is sent.
  func run(
    _ layout: Contract.OffsetLayout, nodes: Int, atOnce: Int, rounds: Int, isWatched: Bool
  ) throws -> TrafficRow {
    try server.clear()
    let fleet = try Fleet(layout, nodes: nodes, atOnce: atOnce, on: server)
    _ = try fleet.store(bytes: Self.payload)
    let (before, storedBefore) = (server.traffic.counts, server.storedBytes)
    var results: [Fleet.Store] = []
    var watched: Int?
    for round in 0..<rounds {
      let revision = isWatched && round == 0 ? try server.revision() : nil
      results += try fleet.store(bytes: Self.payload)
      // What a fleet beyond the server's memory of changes did is not known any more.
      if let revision { watched = try? server.watched(since: revision) }
    }
    let counts = server.traffic.counts - before
    let stored = zip(server.storedBytes, storedBefore).map { $0 - $1 }
    let times = results.map(\.seconds).sorted()
    let count = Double(results.count)
    return TrafficRow(
      layout: layout, nodes: nodes, atOnce: min(atOnce, nodes), stores: results.count,
      failures: results.compactMap(\.error), storedBytes: stored.map { Double($0) / count },
      requestBytes: Double(counts.requestBytes) / count,
      responseBytes: Double(counts.responseBytes) / count,
      watchBytes: watched.map { Double($0) / Double(nodes) },
      meanSeconds: times.reduce(0, +) / count,
      p99Seconds: times[min(times.count - 1, times.count * 99 / 100)])
  }

  private func zip(_ one: Int?, _ other: Int?) -> (Int, Int)? {
    if let one, let other { (one, other) } else { nil }
  }
}
