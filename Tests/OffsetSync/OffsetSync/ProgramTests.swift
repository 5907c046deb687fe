import FilelogCommandLine
import FilelogContract
import Testing

@testable import OffsetSync

@Suite struct ProgramTests {
  private static let environment = [
    "K8S_CONFIGMAP_NAMESPACE": "monitoring", "K8S_CONFIGMAP_NAME": "demo-filelogoffsets-cm",
    "K8S_NODE_NAME": "node-a",
    "FILELOG_OFFSET_DIRECTORY_PATH": "/var/otelcol/filelogreceiver_offsets",
  ]

  private final class Output: @unchecked Sendable {
    var text = ""
    var errors = ""
  }

  private func run(
    _ arguments: [String], _ environment: [String: String] = environment
  ) -> (code: ExitCode, output: Output) {
    let output = Output()
    let console = Console(output: { output.text += $0 }, errors: { output.errors += $0 })
    let code = Program.command(environment: environment).runAsProgram(arguments, console: console)
    return (code, output)
  }

  @Test(arguments: Settings.requiredVariables)
  func missingVariableIsNamed(_ variable: Contract.Variable) {
    var environment = Self.environment
    environment[variable.rawValue] = nil
    let (code, output) = run(["--mode=init"], environment)
    #expect(code == .failure)
    #expect(
      output.errors == "filelog-offset-sync: environment: \(variable.rawValue) is not set\n")
  }

  @Test(arguments: [
    (["--mode=both"], "--mode: expected init or sync, found \"both\""),
    ([], "--mode MODE is missing"),
    (["--mode=init", "extra"], "unexpected argument \"extra\""),
    (["--mode=init", "--intervall=5s"], "unknown option --intervall, did you mean --interval?"),
    (
      ["--mode=sync", "--interval=soon"],
      "--interval: expected a time like 250ms, 5s, 2m or 1h, found \"soon\""
    ),
    (["--mode=sync", "--interval=0s"], "--interval: expected a time above zero"),
  ])
  func wrongCommandLinePrintsUsageOnStandardError(
    _ arguments: [String], _ message: String
  ) {
    let (code, output) = run(arguments)
    #expect(code == .usage)
    #expect(output.errors.hasPrefix("filelog-offset-sync: \(message)\n"))
    #expect(output.errors.contains("Usage: filelog-offset-sync --mode MODE [OPTIONS]"))
    #expect(output.text.isEmpty)
  }

  @Test func versionOptionPrintsVersionWithoutEnvironment() {
    let (code, output) = run(["--version"], [:])
    #expect(code == .success)
    #expect(output.text == "filelog-offset-sync 0.0.0-dev\n")
  }

  @Test func helpExitsWithSuccess() {
    let (code, output) = run(["--help"], [:])
    #expect(code == .success)
    #expect(output.text.contains("filelog-offset-sync --mode=init"))
    #expect(output.errors.isEmpty)
  }

  @Test func everyWrongVariableIsNamedAtOnce() {
    let error = #expect(throws: SettingsError.self) {
      try Settings(environment: [
        "K8S_CONFIGMAP_NAMESPACE": "monitoring", "K8S_NODE_NAME": "node-a",
        "FILELOG_OFFSET_DIRECTORY_PATH": "offsets", "SYNC_INTERVAL": "-1s",
      ])
    }
    #expect(
      error?.description == "environment: K8S_CONFIGMAP_NAME is not set; SYNC_INTERVAL: invalid "
        + "duration \"-1s\" (expected e.g. 250ms, 5s, 2m); FILELOG_OFFSET_DIRECTORY_PATH: not an "
        + "absolute path (\"offsets\")")
  }
}
