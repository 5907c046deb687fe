import JSON
import Testing

@testable import Simulation

@Suite struct ScenarioTests {
  static func options(_ scenario: Scenario) -> SimulationOptions {
    var options = SimulationOptions(workFolder: "/nowhere") { _, _ in [] }
    options.scenario = scenario
    return options
  }

  @Test(arguments: Scenario.allCases)
  func everyScenarioStartsLivesAfterEachDisturbanceAndDrains(_ scenario: Scenario) {
    func steps(_ times: Int) -> [Step] {
      scenario.plan(times: times, life: .seconds(2), nodes: 40).steps.map(\.step)
    }
    #expect(steps(3).first == .start)
    #expect(steps(3).last == .drain)
    let disturbances = Set(steps(3)).subtracting([.start, .live(.seconds(2)), .drain])
    #expect(!disturbances.isEmpty)
    for step in disturbances {
      #expect(step.title != nil)
      #expect(steps(3).filter { $0 == step }.count == 3)
    }
    #expect(steps(0) == [.start, .live(.seconds(2)), .drain])
  }

  @Test func onlyWhatNoSoftwareCouldPreventIsAllowed() {
    let lossless: [Scenario] = [
      .rollout, .sidecarCrash, .outageAtStart, .outageWhileRunning, .outageAtShutdown, .tokenExpiry,
    ]
    for scenario in lossless { #expect(Allowance(Self.options(scenario)) == nil) }
    var outage = Self.options(.backendOutage)
    #expect(Allowance(outage)?.lost == true)
    #expect(Allowance(outage)?.duplicated == false)
    outage.deliversAtLeastOnce = true
    #expect(Allowance(outage)?.lost == false)
    #expect(Allowance(outage)?.duplicated == true)
    var never = Self.options(.rollout)
    never.collectorDelay = nil
    #expect(Allowance(never)?.lost == false)
    #expect(Allowance(never)?.duplicated == true)
    #expect(Allowance(Self.options(.mapFull))?.lost == false)
    #expect(Allowance(Self.options(.kill))?.lost == true)
  }

  @Test func faultsAreNotPlayedOnSomebodysAPIServer() {
    for scenario in Scenario.allCases
    where scenario.plan(times: 1, life: .seconds(1), nodes: 3).steps.contains(
      where: \.step.needsEmulator)
    {
      var options = Self.options(scenario)
      options.kubeconfig = "/some/kubeconfig"
      let simulation = Simulation(
        options, programs: Programs(initialize: [""], sync: [""], operatorSim: "", collector: nil),
        hostEnvironment: [:], output: .init(write: { _ in }, isTerminal: false),
        stopRequested: { _ in false })
      let error = #expect(throws: SimulationError.self) { try simulation.run() }
      #expect(
        error?.description == "\(scenario.rawValue) takes an API server that can be made to "
          + "misbehave: the emulated one")
    }
  }

  @Test(
    arguments: [
      (nil, 10, 1), (.integer(3), 10, 3), ("25%", 10, 3), ("1%", 10, 1), ("x", 10, 1),
    ] as [(JSONValue?, Int, Int)])
  func aRolloutReplacesAsManyPodsAtOnceAsTheDaemonSetLets(
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

  @Test func podsNameNoClassesThatAnEmulatedClusterDoesNotHave() throws {
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

  @Test func eachPodOfANodeGetsTheNextImage() throws {
    let programs = Programs(
      initialize: ["/a"], sync: ["/a", "/b"], operatorSim: "/sim", collector: nil)
    let sync = try ContainerSpec(["name": "filelog-offset-sync"])
    let started = try (1...4).map { life in
      try programs.invocation(of: sync, life: life, arguments: [], standInArguments: [])?.program
    }
    #expect(started == ["/a", "/b", "/a", "/b"])
  }

  @Test(arguments: [
    ["--config=/c.yaml"], ["--config", "/c.yaml"], ["--other", "--config=file:/c.yaml"],
  ])
  func theStandInIsToldTheCollectorsConfiguration(_ arguments: [String]) throws {
    let programs = Programs(
      initialize: ["/a"], sync: ["/a"], operatorSim: "/sim", collector: nil)
    let collector = try ContainerSpec(["name": "opentelemetry-collector"])
    let invocation = try programs.invocation(
      of: collector, life: 1, arguments: arguments, standInArguments: ["--react-after", "0ms"])
    #expect(invocation?.program == "/sim")
    #expect(
      invocation?.arguments
        == ["stand-in-collector", "--config", "/c.yaml", "--react-after", "0ms"])
  }
}
