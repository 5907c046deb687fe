import FilelogCommandLine
import FilelogJSON
import FoundationEssentials
import Simulation
import Synchronization
import TestSupport
import Testing

@testable import operator_sim

/// What `run` finds out of its command line before anything starts.
@Suite struct RunCommandTests {
  /// Reads the settings and plays nothing.
  private func settings(_ arguments: [String]) -> CommandResult {
    let command = Command(
      name: "run", summary: "", discussion: "", options: runCommand.options, examples: []
    ) { call in
      _ = try RunSettings(call)
      return .success
    }
    return run(command, arguments)
  }

  private func usage(_ message: String) -> CommandResult {
    CommandResult(
      .usage, errors: "operator-sim run: \(message)\nTry: operator-sim run --help\n")
  }

  @Test(arguments: [
    ["--collector", "/bin/true"], ["--sync-program", "/bin/true"], ["--init-program", "/bin/true"],
    ["--work-dir", "/tmp/x"], ["--kubeconfig", "x"], ["--context", "x"], ["--server", "x"],
    ["--keep"],
  ])
  func optionsOfProcessesAreRejectedInProcess(_ option: [String]) {
    #expect(
      settings(["--in-process"] + option)
        == usage("\(option[0]): not available with --in-process, which starts no program"))
  }

  @Test(arguments: [
    (["--server", "x"], "--server: expected a URL like https://10.0.0.1:6443, found \"x\""),
    (["--token-file", "x"], "--token-file goes with --server"),
    (["--interval", "0s"], "--interval: expected a time above zero"),
    (["--rollouts", "-1"], "--rollouts: expected a number from 0 to 1000, found \"-1\""),
    (["--init-program", "/tmp"], "--init-program: /tmp is not an executable file"),
    (["--report", "/no/such/page.html"], "--report: no such directory (/no/such)"),
    (["--report", "/tmp"], "--report: is a directory (/tmp); expected a file"),
    (["--set", "foo"], "--set: found \"foo\", expected key.path=value"),
    (
      ["--release", "A"],
      "--release: found \"A\", expected a Helm release name (up to 53 of a-z, 0-9, - and .)"
    ),
    (
      ["--kubernetes-version", "new"],
      "--kubernetes-version: found \"new\", expected a version like 1.31"
    ),
  ])
  func invalidCommandLinesAreRejectedBeforeAnythingBegins(_ arguments: [String], _ message: String)
  {
    let directory = TemporaryDirectory()
    let work = directory.path + "/work"
    #expect(
      settings(["--sync-program", "/bin/true", "--work-dir", work] + arguments) == usage(message))
    #expect(!FileManager.default.fileExists(atPath: work))
  }

  /// What sync containers are told in the rendered manifests, what in its place, and what a run expects.
  @Test(
    arguments: [
      ([], "1s", nil, 1),
      (["--set", "operator.collectors.filelogOffsetSyncInterval=7s"], "7s", nil, 7),
      (["--interval", "250ms"], "1s", .milliseconds(250), 1),
      (
        [
          "--set", "operator.filelogOffsetSyncImage.repository=ghcr.io/dash0hq/filelog-offset-sync",
        ],
        nil, .seconds(1), 5
      ),
      (["--scenario", "attach"], nil, .seconds(1), 1),
      (["--in-process"], nil, nil, 5),
    ] as [([String], String?, Duration?, Int)])
  func intervalIsThatOfValues(
    _ arguments: [String], _ rendered: String?, _ override: Duration?, _ seconds: Int
  ) throws {
    let temporary = TemporaryDirectory()
    let programs =
      arguments == ["--in-process"]
      ? [] : ["--sync-program", "/bin/true", "--work-dir", temporary.path]
    let found = Mutex<SimulationOptions?>(nil)
    let command = Command(
      name: "run", summary: "", discussion: "", options: runCommand.options, examples: []
    ) { call in
      let options = try RunSettings(call).plays.first?.options
      found.withLock { $0 = options }
      return .success
    }
    #expect(run(command, programs + arguments) == CommandResult(.success))
    let options = try #require(found.withLock { $0 })
    #expect(options.intervalOverride == override)
    #expect(options.interval == .seconds(seconds))
    let daemonSet = try options.render("http://127.0.0.1", ["default"], nil).first {
      $0["kind"] == "DaemonSet"
    }
    let pod = daemonSet?["spec"]?["template"]?["spec"]
    let containers = (pod?["initContainers"]?.array ?? []) + (pod?["containers"]?.array ?? [])
    let variables = containers.flatMap { $0["env"]?.array ?? [] }
    #expect(variables.first { $0["name"] == "SYNC_INTERVAL" }?["value"]?.string == rendered)
  }

  @Test func invalidValuesFileIsNoUsageError() {
    let directory = TemporaryDirectory()
    let values = directory.write("values.yaml", "operator: {clusterNam: x}\n")
    #expect(
      settings(["--sync-program", "/bin/true", "--values", values])
        == CommandResult(
          .failure,
          errors: "\(values):1: operator.clusterNam: found an unknown key, did you mean "
            + "clusterName?\n"))
  }

  @Test func uncreatableWorkDirectoryIsNamed() {
    #expect(
      settings(["--sync-program", "/bin/true", "--work-dir", "/proc/x/y"])
        == CommandResult(.failure, errors: "cannot create /proc/x: No such file or directory\n"))
  }
}
