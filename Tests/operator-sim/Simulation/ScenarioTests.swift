import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Simulation

@Suite struct ScenarioTests {
  static func processes(_ cluster: ProcessOptions.ClusterSource = .emulated) -> ProcessOptions {
    ProcessOptions(
      programs: Programs(
        initialize: ["/a"], sync: ["/a", "/b"], collector: .standIn(program: "/sim", arguments: [])),
      hostEnvironment: [:], workDirectory: "/nowhere", cluster: cluster)
  }

  static func options(_ scenario: Scenario) -> SimulationOptions {
    var options = SimulationOptions(.processes(processes())) { _, _, _ in [] }
    options.source = .named(scenario)
    return options
  }

  @Test(arguments: Scenario.allCases)
  func everyScenarioStartsRunsUndisturbedAfterDisturbancesAndDrains(_ scenario: Scenario) {
    func steps(_ times: Int) -> [Step] {
      scenario.plan(times: times, life: .seconds(2), nodes: 40).steps.map(\.step)
    }
    #expect(steps(3).first == .start)
    #expect(steps(3).last == .drain)
    // What happens once, before the repetitions.
    let once = steps(0).dropFirst(2).dropLast()
    #expect(steps(0) == [.start, .live(.seconds(2))] + once + [.drain])
    #expect(once.isEmpty == ![.attach, .upgrade].contains(scenario))
    let disturbances = Set(steps(3)).subtracting([.start, .live(.seconds(2)), .drain] + once)
    #expect(!disturbances.isEmpty)
    for step in disturbances.union(once).subtracting([.live(.seconds(2))]) {
      #expect(step.title != nil)
    }
    for step in disturbances {
      #expect(steps(3).filter { $0 == step }.count == 3)
    }
  }

  @Test func expectedLossIsOnlyWhatScenarioExplains() throws {
    let lossless: [Scenario] = [
      .rotationInGap, .slowBackend, .layoutUndo, .rollout, .sidecarCrash, .outageAtStart,
      .outageWhileRunning, .upgrade,
      .outageAtShutdown, .tokenExpiry, .hostilePayload, .unsoundDatabase, .movedDirectory,
      .proxy404, .sparseFiles,
    ]
    for scenario in lossless { #expect(ExpectedLoss(Self.options(scenario)) == nil) }
    func expected(_ options: SimulationOptions) throws -> (lost: Bool, duplicated: Bool) {
      let expected = try #require(ExpectedLoss(options))
      return (expected.lost > 0, expected.duplicated > 0)
    }
    var outage = Self.options(.backendOutage)
    #expect(try expected(outage) == (true, false))
    outage.deliversAtLeastOnce = true
    #expect(try expected(outage) == (false, true))
    var never = Self.options(.rollout)
    never.collectorDelay = nil
    #expect(try expected(never) == (false, true))
    #expect(try expected(Self.options(.mapFull)) == (false, true))
    #expect(try expected(Self.options(.kill)) == (true, true))
    #expect(try expected(Self.options(.busyQueue)) == (false, true))
  }

  @Test func expectedLossOfKillIsOneIntervalAndOnePoll() throws {
    var options = Self.options(.kill)
    options.nodes = 2
    options.times = 3
    options.rate = 100
    let expected = try #require(ExpectedLoss(options))
    // Six pods at 100 a second: a poll and its way to the backend, an interval and a second, and a
    // second of this machine's own.
    #expect(expected.lost == 780)
    #expect(expected.duplicated == 4380)
    #expect(expected.allows(lost: 780, duplicated: 4380))
    #expect(!expected.allows(lost: 781, duplicated: 0))
    #expect(!expected.allows(lost: 0, duplicated: 4381))
    // What values ask for, and what is put in its place, count alike.
    options.interval = .seconds(1)
    #expect(try #require(ExpectedLoss(options)).duplicated == 1980)
    options.intervalOverride = .seconds(5)
    #expect(try #require(ExpectedLoss(options)).duplicated == 4380)
  }

  /// Less than what came since the last store, which is what a compacted database once cost.
  @Test func expectedLossOfCompactionIsThatOfADeath() throws {
    var options = Self.options(.compaction)
    options.interval = .seconds(1)
    options.nodes = 1
    options.times = 1
    options.rate = 100
    let outage = ExpectedLoss.Gaps(outages: .seconds(5))
    #expect(try #require(ExpectedLoss(options, outage)).duplicated == 130)
    // Of what is stored it is known that it was delivered.
    options.deliversAtLeastOnce = true
    #expect(try #require(ExpectedLoss(options, outage)).duplicated == 1330)
  }

  @Test(arguments: Scenario.allCases)
  func existingClusterIsRefusedWhereFaultsAreInjected(_ scenario: Scenario) throws {
    var options = Self.options(scenario)
    options.backend = .processes(
      Self.processes(.existing(ClusterConfiguration(server: "https://c"), keepsObjects: false)))
    guard options.plan.steps.contains(where: \.step.needsEmulator) else {
      return try options.check()
    }
    let error = #expect(throws: SimulationError.self) { try options.check() }
    #expect(error?.code == .needsFaultInjection)
    #expect(error?.description == "\(scenario.rawValue): requires fault injection")
  }

  @Test(
    arguments: [
      (nil, 10, 1), (.integer(3), 10, 3), ("25%", 10, 3), ("1%", 10, 1), ("x", 10, 1),
    ] as [(JSONValue?, Int, Int)])
  func maxUnavailableFollowsDaemonSet(
    _ maxUnavailable: JSONValue?, _ nodes: Int, _ expected: Int
  ) throws {
    let template = try PodTemplate(daemonSet: [
      "spec": [
        "updateStrategy": ["rollingUpdate": ["maxUnavailable": maxUnavailable ?? .null]],
        "template": ["spec": ["containers": [["name": "c"]]]],
      ]
    ])
    #expect(template.maxUnavailable(of: nodes) == expected)
  }

  @Test func podsNameNoPriorityOrRuntimeClass() throws {
    let template = try PodTemplate(daemonSet: [
      "spec": [
        "template": [
          "spec": [
            "containers": [["name": "c"]], "priorityClassName": "high", "runtimeClassName": "r",
            "nodeSelector": ["a": "b"],
          ]
        ]
      ]
    ])
    #expect(Set((template.spec.object ?? [:]).keys) == ["containers", "nodeSelector"])
  }

  @Test func eachPodGenerationGetsTheNextProgram() throws {
    let programs = Programs(initialize: ["/a"], sync: ["/a", "/b"], collector: .real("/c"))
    let sync = try ContainerSpec(["name": "filelog-offset-sync"])
    let started = try (1...4).map { generation in
      try programs.invocation(
        of: sync, generation: generation, arguments: [], collectorDelay: "0ms")?.program
    }
    #expect(started == ["/a", "/b", "/a", "/b"])
  }

  @Test(arguments: [
    ["--config=/c.yaml"], ["--config", "/c.yaml"], ["--other", "--config=file:/c.yaml"],
  ])
  func standInGetsConfigurationOfCollector(_ arguments: [String]) throws {
    let programs = Programs(
      initialize: ["/a"], sync: ["/a", "/b"],
      collector: .standIn(program: "/sim", arguments: ["stand-in-collector"]))
    let collector = try ContainerSpec(["name": "opentelemetry-collector"])
    let invocation = try programs.invocation(
      of: collector, generation: 1, arguments: arguments, collectorDelay: "0ms")
    #expect(invocation?.program == "/sim")
    #expect(
      invocation?.arguments
        == ["stand-in-collector", "--config", "/c.yaml", "--react-after", "0ms"])
  }

  @Test func daemonSetIsKeptToSimulatedNodes() throws {
    let kept = ClusterSetUp.keptToSimulatedNodes([
      "kind": "DaemonSet",
      "spec": ["template": ["spec": ["nodeSelector": ["a": "b"], "containers": []]]],
    ])
    #expect(
      kept["spec"]?["template"]?["spec"]?["nodeSelector"]
        == ["a": "b", "operator-sim.dash0.com/simulated-node": "true"])
    #expect(ClusterSetUp.keptToSimulatedNodes(["kind": "Role"]) == ["kind": "Role"])
  }
}
