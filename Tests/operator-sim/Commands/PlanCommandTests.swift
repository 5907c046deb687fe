import CommandLine
import TestSupport
import Testing

@testable import operator_sim

@Suite struct PlanCommandTests {
  private final class Output: @unchecked Sendable {
    var text = ""
    var errors = ""
  }

  private func plan(_ arguments: [String]) -> (code: ExitCode, output: Output) {
    let output = Output()
    let console = Console(output: { output.text += $0 }, errors: { output.errors += $0 })
    let tool = CommandLineTool(name: "operator-sim", summary: "", commands: [planCommand])
    return (tool.run(["plan"] + arguments, console: console), output)
  }

  @Test func planPrintsTableAndWritesPage() throws {
    let folder = TemporaryFolder()
    let page = folder.path + "/plan.html"
    let (code, output) = plan(["--nodes", "200", "--pods-per-node", "40", "--report", page])
    #expect(code == .success)
    #expect(output.text.contains("Take one map for each node"))
    #expect(try HostFiles.read(page).starts(with: "<!DOCTYPE html>".utf8))
  }

  @Test func planFailsWhenNoLayoutFits() {
    let (code, output) = plan(["--nodes", "15000", "--pods-per-node", "100"])
    #expect(code == .failure)
    #expect(output.text.contains("Neither layout fits."))
    #expect(plan(["--nodes", "15000", "--server-speed", "1000", "--json"]).code == .success)
  }

  @Test(arguments: [
    ([], "expected --nodes, or --kubeconfig of a cluster to count in"),
    (["--nodes", "0"], "--nodes: expected a number from 1 to 15000, found \"0\""),
    (
      ["--nodes", "5", "--pods-per-node", "many"],
      "--pods-per-node: expected a number that is not negative, found \"many\""
    ),
    (
      ["--nodes", "5", "--churn", "nan"],
      "--churn: expected a number that is not negative, found \"nan\""
    ),
    (["--nodes", "5", "--server-speed", "0"], "--server-speed: expected a number above zero"),
    (["--nodes", "5", "--interval", "0s"], "--interval: expected a time above zero"),
  ])
  func whatCannotBePlannedIsSaid(_ arguments: [String], _ message: String) {
    let (code, output) = plan(arguments)
    #expect(code == .usage)
    #expect(output.errors.contains(message))
  }
}
