import FilelogContract
import TestSupport
import Testing

@testable import Simulation

/// A fleet whose API server bears less than it is asked for: the sidecars' own pace, in virtual time.
///
/// The bounds are worked out, not measured. A server that takes `D` = 1/1.6 s for each of `λ` requests a
/// second that come at random, its load `ρ` being `λD`, lets one wait longer than `t < D` with the
/// probability 1 - (1 - ρ)e^(λt). A store is slow from 1 s on, that is where it waits longer than 0.375 s:
/// `p` = 1 - (1 - ρ)e^(0.6ρ). A node's rate, as a share `x` of the wished one, grows by 1/16 with a good
/// store and is halved by a slow one, so that its mean is (1 - p)/(8p), and a third of the wish makes
/// ρ = 3(1 - p)/(8p). Both together: ρ = 0.57, p = 0.40, x = 0.19 in the mean, and from
/// x² = (1 - p)(x + 1/16)² + p(x/2)² a variance of 0.55 of the squared mean.
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
    // An interval is at most a tenth longer than wished for.
    #expect(before > 0.9 * Self.wished)

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
    // ρ is 0.57, for requests that come at random; up to a third of it for those that do not quite.
    #expect(sum > 0.57 * 2 / 3 * borne)
    // As fair, by Jain's measure, as if each node had kept what rate it had: 1 / (1 + 0.55).
    #expect(fairness > 0.64)
    // Whatever the server does, a node stores after two minutes and a tenth.
    #expect(counts.min() ?? 0 >= (Double(settled.count) / 134).rounded(.down))
    // One request in 37 waits longer than two seconds, which is what the server refuses at.
    #expect(refused < 2 * Self.capacity * 0.57 / 37)

    // It comes back, and never all at once. A node with the mean rate stores again within 26 s, and then
    // takes 13 stores to what it wishes, 5 s times 16/j the one after j sixteenths: 171 s together. Four
    // standard deviations of what comes at random are as many as come in a second.
    let later = (Self.busy.upperBound..<Self.end).map { rate($0, $0 + 1) }
    #expect(rate(Self.end - 180, Self.end - 30) > 0.8 * before)
    #expect(later.max() ?? 0 <= before + 4 * before.squareRoot() + 1)
  }
}
