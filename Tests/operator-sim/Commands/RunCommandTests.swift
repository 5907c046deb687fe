import CommandLine
import FoundationEssentials
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
    ["--collector", "/bin/true"], ["--sync-image", "/bin/true"], ["--init-image", "/bin/true"],
    ["--work-dir", "/tmp/x"], ["--kubeconfig", "x"], ["--context", "x"], ["--keep"],
  ])
  func whatNeedsProcessesDoesNotGoWithoutThem(_ option: [String]) {
    #expect(
      settings(["--in-process"] + option)
        == usage("\(option[0]) does not go with --in-process, which starts nothing"))
  }

  @Test(arguments: [
    (["--context", "x"], "--context goes with --kubeconfig"),
    (["--interval", "0s"], "--interval: expected a time above zero"),
    (["--rollouts", "-1"], "--rollouts: expected a number from 0 to 1000, found \"-1\""),
    (["--init-image", "/tmp"], "--init-image: /tmp is no program that can be run"),
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
  func aWrongCommandLineIsSaidBeforeAnythingBegins(_ arguments: [String], _ message: String) {
    let folder = TemporaryFolder()
    let work = folder.path + "/work"
    #expect(
      settings(["--sync-image", "/bin/true", "--work-dir", work] + arguments) == usage(message))
    #expect(!FileManager.default.fileExists(atPath: work))
  }

  @Test func invalidValuesFileExitsOne() {
    let folder = TemporaryFolder()
    let values = folder.write("values.yaml", "operator: {clusterNam: x}\n")
    #expect(
      settings(["--sync-image", "/bin/true", "--values", values])
        == CommandResult(
          .failure,
          errors: "\(values):1: operator.clusterNam: found an unknown key, did you mean "
            + "clusterName?\n"))
  }

  @Test func uncreatableWorkDirectoryErrorNamesPath() {
    #expect(
      settings(["--sync-image", "/bin/true", "--work-dir", "/proc/x/y"])
        == CommandResult(.failure, errors: "cannot create /proc/x: No such file or directory\n"))
  }
}
