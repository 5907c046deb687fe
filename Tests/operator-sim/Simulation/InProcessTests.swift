import JSON
import Testing

@testable import Simulation

/// Simulations in virtual time, through the same code as `operator-sim run --in-process`.
@Suite struct InProcessTests {
  static func run(
    _ scenario: Scenario, nodes: Int = 4, _ change: (inout SimulationOptions) -> Void = { _ in }
  ) throws -> RunResult {
    var options = SimulationOptions(workFolder: "/nowhere") { _, _ in manifests }
    options.isInProcess = true
    options.scenario = scenario
    options.nodes = nodes
    options.times = 1
    options.life = .seconds(20)
    options.outage = .seconds(30)
    options.interval = .seconds(5)
    change(&options)
    return try InProcessSimulation(
      options, output: .init(write: { _ in }, isTerminal: false), stopRequested: { _ in false }
    ).run()
  }

  /// As much of the operator's manifests as a pod with sidecars takes.
  static let manifests: [JSONValue] = {
    let environment: JSONValue = [
      ["name": "K8S_CONFIGMAP_NAMESPACE", "value": "operator"],
      ["name": "K8S_CONFIGMAP_NAME", "value": "offsets"],
      ["name": "K8S_NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
      ["name": "FILELOG_OFFSET_DIRECTORY_PATH", "value": "/offsets"],
    ]
    return [
      ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("collector")],
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("offsets")],
      [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta("offsets"),
        "rules": [["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "patch"]]],
      ],
      [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": meta("offsets"),
        "roleRef": [
          "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "offsets",
        ],
        "subjects": [["kind": "ServiceAccount", "name": "collector", "namespace": "operator"]],
      ],
      [
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta("agent"),
        "spec": [
          "selector": ["matchLabels": ["app": "agent"]],
          "template": [
            "metadata": ["labels": ["app": "agent"]],
            "spec": [
              "serviceAccountName": "collector",
              "containers": [
                ["name": "opentelemetry-collector", "image": "c"],
                ["name": "filelog-offset-sync", "image": "s", "env": environment],
              ],
            ],
          ],
        ],
      ],
    ]
  }()

  private static func meta(_ name: String) -> JSONValue {
    ["name": .string(name), "namespace": "operator"]
  }

  @Test(arguments: Scenario.allCases.filter { $0 != .backendOutage })
  func everyScenarioIsPlayedWithoutALossThatItDoesNotDeclare(_ scenario: Scenario) throws {
    let result = try Self.run(scenario) {
      if scenario == .outageAtShutdown { $0.outage = .seconds(8) }
    }
    #expect(result.isGood, "\(result.notes)")
    let total = result.total
    #expect(total.written > 1000)
    #expect(total.delivered + total.lost == total.written)
    #expect(total.lives >= 4)
    #expect((total.patches ?? 0) > 8)
    if result.allowance == nil {
      #expect(total.lost == 0)
      #expect(total.duplicated == 0)
    }
  }

  @Test func theSameSeedGivesTheSameBytesAndAnotherSeedOthers() throws {
    func bytes(_ seed: UInt64) throws -> [UInt8] {
      let result = try Self.run(.fleet, nodes: 6) { $0.seed = seed }
      return JSONWriter.pretty.bytes(result.json) + Array(HTMLReport.page(result).utf8)
    }
    let first = try bytes(7)
    #expect(try bytes(7) == first)
    #expect(try bytes(8) != first)
  }

  @Test func aPodThatIsKilledRepeatsWhatCameAfterItsLastSnapshotAndThatIsCounted() throws {
    let result = try Self.run(.kill)
    #expect(result.total.duplicated > 0)
    // At most one interval of records, and the time to the next poll, on each of four nodes.
    #expect(result.total.duplicated < 4 * 100 * 6)
    #expect(result.record.faults.contains { $0.kind == .duplicated })
    // What arrives again is not on its way a second time.
    #expect(result.record.samples.allSatisfy { $0.count.delivered <= $0.count.written })
    let second = result.record.samples.filter { $0.time > .seconds(25) && $0.time < .seconds(35) }
    #expect(second.contains { $0.count.delivered < $0.count.written })
  }

  @Test func aCollectorThatNeverStopsCostsDuplicatesAndOneThatIsLateDoesNot() throws {
    let never = try Self.run(.rollout) { $0.collectorDelay = nil }
    #expect(never.total.duplicated > 0)
    #expect(never.allowance != nil)
    let late = try Self.run(.rollout) { $0.collectorDelay = .seconds(2) }
    #expect(late.total.duplicated == 0)
  }

  @Test func anOutageThatOutlastsTheGracePeriodIsDeclaredUnavoidable() throws {
    let result = try Self.run(.outageAtShutdown)
    #expect(result.total.duplicated > 0)
    #expect(result.total.lost == 0)
    #expect(result.isGood)
  }

  @Test func aFleetComesBackFromAnOutageWithoutAHerd() throws {
    let result = try Self.run(.fleet, nodes: 40) {
      $0.outage = .seconds(600)
      $0.life = .seconds(60)
      $0.applications = 1
    }
    #expect(result.isGood, "\(result.notes)")
    let figures = try #require(result.fleetFigures)
    let recovery = try #require(figures.recoveries.first)
    #expect(recovery.length == .seconds(600))
    #expect(recovery.steadyWrites > 7 && recovery.steadyWrites < 9)
    // Of forty nodes, eight write in a mean second, with a scatter of nearly three.
    #expect(recovery.peakWrites <= 20)
    #expect(figures.unanswered > 40)
    #expect(result.nodes.count == 42)
  }

  @Test func whereNothingIsLoggedNothingIsWrittenAfterTheFirstState() throws {
    let result = try Self.run(.rollout) { $0.rate = 0 }
    #expect(result.total.written == 0)
    // Each node's first state, and no more.
    #expect(result.total.patches == 4)
  }

  @Test func anInterruptEndsItAndEveryThread() throws {
    var asked = 0
    var options = SimulationOptions(workFolder: "/nowhere") { _, _ in Self.manifests }
    options.isInProcess = true
    options.scenario = .fleet
    let simulation = InProcessSimulation(
      options, output: .init(write: { _ in }, isTerminal: false),
      stopRequested: { _ in
        asked += 1
        return asked > 1
      })
    let error = #expect(throws: SimulationError.self) { try simulation.run() }
    #expect(error?.description == "interrupted")
  }
}
