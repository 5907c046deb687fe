import FilelogCommandLine
import Simulation
import Testing

@testable import operator_sim

@Suite struct RunDeliveryTests {
  private final class Chosen: @unchecked Sendable {
    var deliveries: [RunDelivery?] = []
  }

  /// What `run` would play.
  private static func chosen(
    _ arguments: [String], values: String? = nil, scenario: Scenario? = .backendOutage
  ) -> [RunDelivery?] {
    let chosen = Chosen()
    let command = Command(
      name: "run", summary: "", discussion: "", options: runCommand.options,
      examples: runCommand.examples
    ) { invocation in
      chosen.deliveries = try RunDelivery.chosen(
        invocation, values: values.map { [Array($0.utf8)] } ?? [], scenario: scenario)
      return .success
    }
    let tool = CommandLineTool(name: "operator-sim", summary: "", commands: [command])
    _ = tool.run(["run"] + arguments, console: Console(output: { _ in }, errors: { _ in }))
    return chosen.deliveries
  }

  @Test func backendOutagePlaysBothDeliveriesUnlessChosen() {
    #expect(Self.chosen([]) == [.atLeastOnce, .bestEffort])
    #expect(
      Self.chosen(["--delivery", "both"], scenario: .rollout) == [.atLeastOnce, .bestEffort])
    #expect(Self.chosen(["--delivery", "bestEffort"]) == [.bestEffort])
    #expect(
      Self.chosen(["--set", "operator.collectors.filelogDelivery=atLeastOnce"]) == [nil])
    #expect(
      Self.chosen([], values: "operator: {collectors: {filelogDelivery: atLeastOnce}}") == [nil])
    #expect(
      Self.chosen([], values: "operator: {collectors: {}}") == [.atLeastOnce, .bestEffort])
    #expect(Self.chosen([], values: "no: [values") == [.atLeastOnce, .bestEffort])
  }

  @Test func slowBackendPlaysDeliveryThatItIsAbout() {
    #expect(Self.chosen([], scenario: .slowBackend) == [.atLeastOnce])
    #expect(Self.chosen(["--delivery", "bestEffort"], scenario: .slowBackend) == [.bestEffort])
  }

  @Test func otherScenariosFollowValues() {
    #expect(Self.chosen([], scenario: .rollout) == [nil])
    #expect(Self.chosen([], scenario: nil) == [nil])
    #expect(RunDelivery.atLeastOnce.set == "operator.collectors.filelogDelivery=atLeastOnce")
  }
}
