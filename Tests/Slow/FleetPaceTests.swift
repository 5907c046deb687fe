import FilelogContract
import TestSupport
import Testing

@testable import Simulation

/// A fleet whose API server bears less than it is asked for: the sidecars' own pace, in virtual time.
@Suite struct FleetPaceTests {
  private static let nodes = 24
  /// Stores that the fleet wishes for in a second.
  private static let wished = Double(nodes) / 5
  /// A third of it.
  private static let capacity = 1.6
  /// The server is short of time from the first to the second, in seconds.
  private static let busy = 120...600
  private static let end = 1000

  private static func played() async throws -> [FleetRequest] {
    var options = VirtualTimeTests.options(.rollout, nodes: nodes)
    options.times = 0
    options.life = .seconds(end)
    options.render = { _, _, _ in VirtualTimeTests.manifests(layout: .perNode) }
    let chosen = options
    return try await offPool { () throws -> [FleetRequest] in
      let simulation = VirtualSimulation(
        chosen, SimulationOutput(write: { _ in }, isTerminal: false), { _ in false })
      var api: InProcessAPI?
      let result = try simulation.run { fleet in
        let server = fleet.api
        api = server
        fleet.schedule(at: .seconds(busy.lowerBound)) { server.capacity = capacity }
        fleet.schedule(at: .seconds(busy.upperBound)) { server.capacity = nil }
      }
      #expect(result.total.lost == 0 && result.total.duplicated == 0)
      return api?.requests ?? []
    }
  }

  @Test func fleetSharesWhatServerBearsAndComesBackSpread() async throws {
    let writes = try await Self.played().filter { $0.kind == .write }
    func seconds(_ request: FleetRequest) -> Double { request.time / .seconds(1) }
    func rate(_ from: Int, _ to: Int, _ isCounted: (FleetRequest) -> Bool = { _ in true }) -> Double
    {
      Double(
        writes.filter { (Double(from)..<Double(to)).contains(seconds($0)) && isCounted($0) }.count)
        / Double(to - from)
    }
    let before = rate(60, Self.busy.lowerBound)
    #expect(before > 0.8 * Self.wished)

    // Once every node has found its pace.
    let settled = 360..<Self.busy.upperBound
    let stored = writes.filter {
      $0.changed && (Double(settled.lowerBound)..<Double(settled.upperBound)).contains(seconds($0))
    }
    let counts = (0..<Self.nodes).map { node in Double(stored.filter { $0.node == node }.count) }
    let sum = counts.reduce(0, +)
    let borne = Self.capacity * Double(settled.count)
    let fairness = sum * sum / (Double(Self.nodes) * counts.reduce(0) { $0 + $1 * $1 })
    let refused = rate(settled.lowerBound, settled.upperBound) { !$0.changed }
    // Each slows down as soon as requests queue, so that not all of it is used.
    #expect(sum > 0.4 * borne)
    #expect(fairness > 0.75)
    #expect(counts.min() ?? 0 > sum / Double(Self.nodes) / 4)
    #expect(refused < Self.capacity / 2)

    // It comes back, and never all at once.
    let later = (Self.busy.upperBound..<Self.end).map { rate($0, $0 + 1) }
    #expect(rate(Self.end - 180, Self.end - 30) > 0.8 * before)
    #expect(later.max() ?? 0 <= before + 4 * before.squareRoot() + 1)
  }
}
