import FilelogContract
import FilelogJSON
import Synchronization
import TestSupport
import Testing

@testable import Simulation

/// Simulations in virtual time, through the same code as `operator-sim run --in-process`.
@Suite struct VirtualTimeTests {
  static func options(_ scenario: Scenario, nodes: Int = 4) -> SimulationOptions {
    var options = SimulationOptions(.virtualTime) { manifests(layout: $2) }
    options.source = .named(scenario)
    options.nodes = nodes
    options.times = 1
    options.life = .seconds(20)
    options.outage = .seconds(30)
    options.interval = .seconds(5)
    return options
  }

  static func run(
    _ scenario: Scenario, nodes: Int = 4, _ change: (inout SimulationOptions) -> Void = { _ in }
  ) async throws -> RunResult {
    var options = options(scenario, nodes: nodes)
    change(&options)
    return try await run(options)
  }

  static func run(_ options: SimulationOptions) async throws -> RunResult {
    try await offPool {
      try Simulation(
        options, output: SimulationOutput(write: { _ in }, isTerminal: false),
        stopRequested: { _ in false }
      ).run()
    }
  }

  /// As much of the operator's manifests as a pod with sidecars takes.
  static func manifests(layout: Contract.OffsetLayout? = nil) -> [JSONValue] {
    let environment: JSONValue = [
      ["name": "K8S_CONFIGMAP_LAYOUT", "value": .string(layout?.rawValue ?? "shared")],
      [
        "name": "K8S_CONFIGMAP_PREVIOUS_LAYOUT",
        "value": .string(layout == .shared ? "perNode" : ""),
      ],
      ["name": "K8S_CONFIGMAP_NAMESPACE", "value": "operator"],
      ["name": "K8S_CONFIGMAP_NAME", "value": "offsets"],
      ["name": "K8S_NODE_NAME", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
      ["name": "FILELOG_OFFSET_DIRECTORY_PATH", "value": "/offsets"],
      ["name": "FILELOG_POD_LOGS_PATH", "value": "/var/log/pods"],
      ["name": "FILELOG_ROTATED_LOGS_PATH", "value": "/links"],
    ]
    return [
      ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("collector")],
      ["apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("offsets")],
      [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta("offsets"),
        "rules": [
          ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch"]]
        ],
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
  }

  private static func meta(_ name: String) -> JSONValue {
    ["name": .string(name), "namespace": "operator"]
  }

  @Test(arguments: Scenario.allCases.filter { !$0.needsProcesses })
  func everyScenarioStaysWithinExpectedLoss(_ scenario: Scenario) async throws {
    let result = try await Self.run(scenario) {
      if scenario == .outageAtShutdown { $0.outage = .seconds(8) }
    }
    #expect(result.isGood, "\(result.notes)")
    let total = result.total
    #expect(total.written > 1000)
    // What was lost is counted record by record.
    let lost = try #require(total.lost)
    #expect(total.delivered + lost == total.written)
    let expected = result.expectedLoss ?? ExpectedLoss(lost: 0, duplicated: 0, reason: "")
    #expect(lost <= expected.lost && total.duplicated <= expected.duplicated)
    #expect(total.podGenerations >= 4)
    #expect((total.patches ?? 0) > 8)
    if result.expectedLoss == nil {
      #expect(lost == 0)
      #expect(total.duplicated == 0)
    }
  }

  @Test func equalSeedsGiveEqualBytes() async throws {
    func bytes(_ seed: UInt64) async throws -> [UInt8] {
      let result = try await Self.run(.fleet, nodes: 6) { $0.seed = seed }
      return JSONWriter.pretty.bytes(result.json) + Array(HTMLReport.page(result).utf8)
    }
    let first = try await bytes(7)
    #expect(try await bytes(7) == first)
    #expect(try await bytes(8) != first)
  }

  @Test func killRepeatsAtMostRecordsSinceLastStore() async throws {
    let result = try await Self.run(.kill)
    #expect(result.total.duplicated > 0)
    // At most one interval of records, and the time to the next poll, on each of four nodes.
    #expect(result.total.duplicated < 4 * 100 * 6)
    #expect(result.record.faults.contains { $0.kind == .duplicated })
    // What arrives again is not on its way a second time.
    #expect(result.record.samples.allSatisfy { $0.count.delivered <= $0.count.written })
    let second = result.record.samples.filter { $0.time > .seconds(25) && $0.time < .seconds(35) }
    #expect(second.contains { $0.count.delivered < $0.count.written })
  }

  @Test func onlyCollectorThatNeverStopsCostsDuplicates() async throws {
    let never = try await Self.run(.rollout) { $0.collectorDelay = nil }
    #expect(never.total.duplicated > 0)
    #expect(never.expectedLoss != nil)
    let late = try await Self.run(.rollout) { $0.collectorDelay = .seconds(2) }
    #expect(late.total.duplicated == 0)
  }

  @Test func outageLongerThanGracePeriodIsExpectedToDuplicate() async throws {
    let result = try await Self.run(.outageAtShutdown)
    #expect(result.total.duplicated > 0)
    #expect(result.total.lost == 0)
    #expect(result.isGood, "\(result.notes)")
  }

  @Test func fleetReturnsFromOutageSpreadOverTime() async throws {
    let result = try await Self.run(.fleet, nodes: 40) {
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

  @Test func idleNodesWriteOnlyTheirFirstState() async throws {
    let result = try await Self.run(.rollout) { $0.rate = 0 }
    #expect(result.total.written == 0)
    // Each node's first state, and no more.
    #expect(result.total.patches == 4)
  }

  /// - Parameter questions: the user wants to stop when asked once more than that.
  private static func interrupted(
    _ options: SimulationOptions, after questions: Int
  ) async throws -> RunResult {
    let asked = Mutex(0)
    return try await offPool {
      try Simulation(
        options, output: SimulationOutput(write: { _ in }, isTerminal: false),
        stopRequested: { _ in
          asked.withLock { count in
            count += 1
            return count > questions
          }
        }
      ).run()
    }
  }

  @Test func interruptedSimulationTellsWhatArrivedAndCallsNothingLost() async throws {
    let result = try await Self.interrupted(Self.options(.fleet), after: 3000)
    #expect(result.isInterrupted && !result.isGood)
    let total = result.total
    #expect(total.delivered > 0 && total.missing == total.written - total.delivered)
    #expect(total.lost == nil)
    #expect(result.json["interrupted"] == true)
    #expect(result.json["missing"] == .integer(total.missing))
    #expect(result.json["total"]?["lost"] == .null)
    #expect(!result.notes.contains { $0.contains("lost") }, "\(result.notes)")
    #expect(!result.record.faults.contains { $0.kind == .lost })
    #expect(!HTMLReport.page(result).contains(">lost<"))
  }

  /// The start of hundreds of pods is one moment of virtual time, and may be a minute of a busy machine.
  @Test func interruptIsHeededBetweenThePodsOfOneMoment() async throws {
    var options = Self.options(.fleet)
    options.nodes = 40
    // Once for each node, and for each pod.
    let result = try await Self.interrupted(options, after: 45)
    #expect(result.record.pods.count < 10)
    await #expect(throws: SimulationError.interrupted) {
      try await Self.interrupted(options, after: 5)
    }
  }

  @Test func stepsOfFileHappenAtTheirTimes() async throws {
    let plan = try ScenarioFile(
      Array(
        """
        steps:
        - {do: live, for: 10s}
        - {do: rollout, at: 30s, nodes: [node-2]}
        - {do: outage, at: 100s, for: 20s}
        - {do: add-nodes, count: 1}
        - {do: reboot, nodes: [node-4]}
        expected: {lost: true, duplicated: true, because: a node loses power}
        """.utf8), file: "x.yaml"
    ).plan
    let result = try await Self.run(.rollout, nodes: 3) { $0.source = .file(plan) }
    #expect(result.isGood, "\(result.notes)")
    #expect(result.nodes.map(\.podGenerations) == [1, 2, 1, 2])
    let outage = try #require(result.record.outages.first)
    #expect(outage.upperBound - outage.lowerBound == .seconds(20))
    #expect(outage.lowerBound > .seconds(100) && outage.lowerBound < .seconds(110))
    let second = try #require(result.record.pods.filter { $0.node == "node-2" }.last)
    #expect(second.started > .seconds(30) && second.started < .seconds(45))
  }
}
