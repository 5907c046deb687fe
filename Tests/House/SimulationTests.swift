import Testing

@testable import Simulation

@Suite struct SimulationDocumentTests {
  @Test func everyScenarioAndStepIsDocumented() throws {
    let document = try Repository.text("docs/simulation.md")
    let scenarios = try #require(MarkdownTable(after: "## Scenarios", in: document))
    #expect(scenarios.code(inColumn: 0) == Scenario.allCases.map(\.rawValue))
    let steps = try #require(
      MarkdownTable(
        after: "The key `steps` is required", in: document))
    #expect(steps.code(inColumn: 0) == StepReader.Word.allCases.map(\.rawValue))
    for fault in StepReader.Fault.allCases { #expect(document.contains("`\(fault.rawValue)`")) }
  }

  @Test func everyDocumentedScenarioFileIsValid() throws {
    for name in ["outage-in-a-rollout", "node-pool", "power-cut"] {
      let path = "docs/scenarios/\(name).yaml"
      let plan = try ScenarioFile(Array(try Repository.text(path).utf8), file: path).plan
      #expect(plan.steps.count > 3)
    }
  }
}
