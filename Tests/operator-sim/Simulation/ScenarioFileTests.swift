import Testing

@testable import Simulation

@Suite struct ScenarioFileTests {
  @Test func readsEveryKeyOfFile() throws {
    let file = try ScenarioFile(
      Array(
        """
        name: a hard day
        summary: much goes wrong
        settings:
          nodes: 4
          rate: 50
          in-process: true
          set: [operator.a=1, operator.b=2]
        steps:
        - rollout
        - {do: live, for: 4s}
        - {do: rollout, nodes: [node-1, node-2], with: outage-at-start, for: 3s}
        - {do: rollout, with: outage-at-shutdown}
        - {do: rollout, with: backend-outage}
        - {do: outage, at: 8s, for: 500ms}
        - {do: outage, for: 1m}
        - {do: reboot, nodes: [node-3]}
        - {do: kill, at: 10s}
        - sidecar-crash
        - collector-crash
        - token-expiry
        - {do: fill-map, at: 2s}
        - empty-map
        - rotate-logs
        - {do: add-nodes, count: 2}
        - {do: remove-nodes, count: 1}
        expected: {lost: true, because: pods are killed}
        """.utf8), file: "hard/day.yaml")
    #expect(file.plan.name == "a hard day")
    #expect(file.plan.summary == "much goes wrong")
    #expect(
      file.plan.declared
        == ExpectedLoss.Declaration(
          lost: .explained, duplicated: .nothing, reason: "pods are killed"))
    #expect(
      file.plan.steps == [
        PlannedStep(.start),
        PlannedStep(.rollout(.none)),
        PlannedStep(.live(.seconds(4))),
        PlannedStep(.rollout(.outageAtStart), for: .seconds(3), nodes: ["node-1", "node-2"]),
        PlannedStep(.rollout(.outageAtShutdown)),
        PlannedStep(.rollout(.backendOutage)),
        PlannedStep(.outage, at: .seconds(8), for: .milliseconds(500)),
        PlannedStep(.outage, for: .seconds(60)),
        PlannedStep(.reboot, nodes: ["node-3"]),
        PlannedStep(.kill, at: .seconds(10)),
        PlannedStep(.crash(.sync)),
        PlannedStep(.crash(.collector)),
        PlannedStep(.expireTokens),
        PlannedStep(.fillMap, at: .seconds(2)),
        PlannedStep(.emptyMap),
        PlannedStep(.rotateLogs),
        PlannedStep(.addNodes(2)),
        PlannedStep(.removeNodes(1)),
        PlannedStep(.drain, at: .milliseconds(8001)),
      ])
    #expect(
      file.settings.map(\.name) == ["nodes", "rate", "in-process", "set"])
    #expect(
      file.settings.map(\.values) == [["4"], ["50"], [""], ["operator.a=1", "operator.b=2"]])
    #expect(file.settings[1].place == "hard/day.yaml:5: settings.rate")
  }

  @Test func everyStepAndFaultHasAWord() throws {
    func steps(_ text: String) throws -> [PlannedStep] {
      try ScenarioFile(Array("steps: [\(text)]".utf8), file: "x.yaml").plan.steps.dropFirst()
        .dropLast()
    }
    for fault in StepReader.Fault.allCases {
      #expect(
        try steps("{do: rollout, with: \(fault.rawValue)}") == [PlannedStep(.rollout(fault.fault))])
    }
    #expect(
      try steps("{do: compaction, nodes: [node-1], for: 3s}")
        == [PlannedStep(.compaction, for: .seconds(3), nodes: ["node-1"])])
    #expect(
      try steps("{do: sparse-files, nodes: [node-2]}")
        == [PlannedStep(.sparseFiles, nodes: ["node-2"])])
    #expect(
      try steps("{do: busy-queue, nodes: [node-1], for: 3s}")
        == [PlannedStep(.busyQueue, for: .seconds(3), nodes: ["node-1"])])
  }

  @Test func stepsAreRepeatedAndFileNamesScenario() throws {
    let file = try ScenarioFile(Array("repeat: 3\nsteps: [kill, reboot]".utf8), file: "dir/x.yaml")
    #expect(
      file.plan.steps.map(\.step)
        == [.start, .kill, .reboot, .kill, .reboot, .kill, .reboot, .drain])
    #expect(file.plan.name == "x.yaml")
    #expect(file.plan.declared == nil)
  }

  @Test func undeclaredLossIsNotExpected() throws {
    var options = ScenarioTests.options(.rollout)
    options.source = .file(try ScenarioFile(Array("steps: [kill]".utf8), file: "x.yaml").plan)
    #expect(ExpectedLoss(options) == nil)
  }

  @Test func everyProblemHasItsPlace() {
    let text = """
      nme: x
      settings: 5
      steps:
      - lve
      - live
      - {do: rollout, at: 5, nodes: node-1, fr: 3s}
      - {do: rollout, nodes: [node-1], with: outage-at-lunch, for: 1s}
      - {do: add-nodes, count: 0}
      - {at: 3s}
      - [kill]
      expected: {lost: many}
      repeat: 0
      """
    let error = #expect(throws: SimulationError.self) {
      try ScenarioFile(Array(text.utf8), file: "s.yaml")
    }
    #expect(
      error?.description == """
        s.yaml:1: nme: found an unknown key, did you mean name?
        s.yaml:2: settings: found 5, expected a mapping
        s.yaml:4: steps[0]: found "lve", did you mean live?
        s.yaml:5: steps[1]: found "live", expected {do: live, for: 4s}
        s.yaml:6: steps[2].at: found 5, expected a time like 250ms, 5s, 2m or 1h, at most 24h
        s.yaml:6: steps[2].nodes: found "node-1", expected a list of texts
        s.yaml:6: steps[2].fr: found an unknown key, expected one of at, do, nodes, with
        s.yaml:7: steps[3].with: found "outage-at-lunch", expected one of outage-at-start, \
        outage-at-shutdown, backend-outage, rotations, slow-backend, proxy-404, moved-directory, \
        hostile-payload, unsound-database
        s.yaml:8: steps[4].count: found 0, expected a whole number from 1 to 5000
        s.yaml:9: steps[5].do: found nothing, expected what is done
        s.yaml:10: steps[6]: found a list, expected a mapping
        s.yaml:11: expected.lost: found "many", expected true, false, or how many at most
        s.yaml:11: expected.because: found nothing, expected the reason, as a text
        s.yaml:12: repeat: found 0, expected a whole number from 1 to 1000
        """)
  }

  /// They come to terminals and pages.
  @Test(arguments: ["\\e[31m", "a\\nb", "\\u202eabc", "\\u2028"])
  func namesWithControlCharactersAreRejected(_ text: String) {
    let error = #expect(throws: SimulationError.self) {
      try ScenarioFile(Array("name: \"\(text)\"\nsteps: [kill]".utf8), file: "s.yaml")
    }
    #expect(error?.description.hasSuffix("expected one line without control characters") == true)
  }

  @Test(arguments: [
    ("", "s.yaml: found 0 documents, expected one with the key steps"),
    ("name: x", "s.yaml:1: steps: found nothing, expected a list of steps"),
    ("- kill", "s.yaml:1: found a list, expected a mapping"),
    ("steps: []", "s.yaml:1: steps: found a list, expected at least one step"),
    (
      "steps: [{do: kill, at: 5s}, {do: outage, at: 1s}, {do: reboot, at: 2s}]",
      "s.yaml:1: steps: found a list, expected steps in the order of their times, but for outages "
        + "and what else goes on beside"
    ),
    (
      "repeat: 2\nsteps: [{do: kill, at: 5s}]",
      "s.yaml:1: repeat: found 2, expected no repetition where steps have times (at)"
    ),
    (
      "repeat: 1000\nsteps: [kill, kill, kill, kill, kill, kill, kill, kill, kill, kill, kill]",
      "s.yaml:2: steps: found a list, expected at most 10000 steps, repetitions included"
    ),
    ("steps: [", "s.yaml:2:1: did not find expected node content"),
  ])
  func invalidFilesAreRejected(_ text: String, _ message: String) {
    let error = #expect(throws: SimulationError.self) {
      try ScenarioFile(Array(text.utf8), file: "s.yaml")
    }
    #expect(error?.description == message)
  }

  @Test(arguments: [
    (
      "steps: [{do: reboot, nodes: [node-9]}]",
      "x: no such node (node-9; there are node-1 to node-3)"
    ),
    (
      "repeat: 2\nsteps: [{do: add-nodes, count: 4999}]",
      "x: too many nodes (10001, at most 10000 can be simulated)"
    ),
    ("steps: [{do: rollout, with: backend-outage}]", "x: requires real collectors"),
  ])
  func plansBeyondSettingsAreRejected(_ text: String, _ message: String) throws {
    var options = ScenarioTests.options(.rollout)
    options.source = .file(
      try ScenarioFile(Array("name: x\n\(text)".utf8), file: "x.yaml").plan)
    options.backend = .virtualTime
    let error = #expect(throws: SimulationError.self) { try options.check() }
    #expect(error?.description == message)
  }
}
