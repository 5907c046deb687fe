import FilelogCommandLine
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import operator_sim

@Suite struct ClusterOptionsTests {
  private func cluster(_ environment: [String: String], _ arguments: [String] = []) -> CommandResult
  {
    let command = Command(
      name: "apply", summary: "", discussion: "", options: clusterOptions, examples: []
    ) { call in
      _ = try clusterConfiguration(call, environment: environment)
      return .success
    }
    return run(command, arguments)
  }

  @Test(arguments: [
    ([:], ""), (["HOME": "/nowhere"], " (/nowhere/.kube/config)"),
    (["KUBECONFIG": "/nowhere/a:/nowhere/b"], " (/nowhere/a, /nowhere/b)"),
  ])
  func missingClusterErrorNamesRemedy(
    _ environment: [String: String], _ places: String
  ) {
    #expect(
      cluster(environment)
        == CommandResult(
          .usage,
          errors:
            "operator-sim apply: which cluster? There is no kubeconfig\(places); name one with "
            + "--kubeconfig, or the API server with --server\nTry: operator-sim apply --help\n"))
  }

  @Test func missingFilesOfKubeconfigListAreSkipped() {
    let directory = TemporaryDirectory()
    let path = directory.write(
      "config",
      "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
        + "clusters: [{name: k, cluster: {server: 'https://h'}}]\n")
    #expect(cluster(["KUBECONFIG": "/nowhere/a:\(path):/nowhere/b"]) == CommandResult(.success))
  }

  @Test(arguments: ["", "# nothing yet\n", "---\n"])
  func emptyFileOfKubeconfigListDefinesNothing(_ text: String) {
    let directory = TemporaryDirectory()
    let empty = directory.write("empty", text)
    let path = directory.write(
      "config",
      "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
        + "clusters: [{name: k, cluster: {server: 'https://h'}}]\n")
    #expect(cluster(["KUBECONFIG": "\(empty):\(path)"]) == CommandResult(.success))
  }

  @Test func wordOfSwitchStandsBehindEqualsSign() {
    let command = Command(
      name: "apply", summary: "", discussion: "", options: [dryRunOption("")], examples: []
    ) { _ in .success }
    #expect(
      run(command, ["--dry-run", "server"])
        == CommandResult(
          .usage,
          errors: "operator-sim apply: unexpected argument \"server\", did you mean "
            + "--dry-run=server?\nTry: operator-sim apply --help\n"))
  }

  @Test func missingKubeconfigFails() {
    #expect(
      cluster([:], ["--kubeconfig", "/nowhere/a"])
        == CommandResult(
          .failure,
          errors: "/nowhere/a: the file cannot be read: No such file or directory\n"))
  }

  @Test func requestsAreSentAsTheUserOfTheCommandLine() throws {
    func cluster(_ arguments: [String]) throws -> ClusterConfiguration {
      try clusterConfiguration(
        Invocation(
          parsing: ["--server", "https://h"] + arguments, options: clusterOptions),
        environment: [:])
    }
    #expect(try cluster([]).impersonation == nil)
    #expect(
      try cluster(["--as", "u", "--as-group=g", "--as-group", "h"]).impersonation
        == Impersonation(user: "u", groups: ["g", "h"]))
    #expect(
      try cluster(["--as=u", "--as-uid=7"]).impersonation == Impersonation(user: "u", uid: "7"))
    #expect(throws: UsageError("--as-group goes with --as")) { try cluster(["--as-group", "g"]) }
    #expect(throws: UsageError("--as-uid goes with --as")) { try cluster(["--as-uid", "7"]) }
    // A variable that is not set must not mean the user of the kubeconfig.
    #expect(throws: UsageError("--as: found \"\", expected USER")) { try cluster(["--as", ""]) }
    #expect(try cluster(["--request-timeout", "5s"]).requestTimeout == .seconds(5))
    #expect(throws: UsageError("--request-timeout: expected a time above zero")) {
      try cluster(["--request-timeout", "0s"])
    }
  }

  /// What is answered for a name that this program has itself would never be read.
  @Test func foreignWordsAreForeign() {
    for command in [applyCommand, deleteCommand, listCommand, renderCommand, statusCommand] {
      for word in [command.name] + command.synonyms {
        #expect(foreignWords[word] == nil, "\(word)")
      }
    }
    for option in clusterOptions + [namespaceOption] {
      for name in [option.name, option.short ?? ""] + option.aliases + option.synonyms {
        #expect(foreignWords[name] == nil, "\(name)")
      }
    }
  }

  @Test func serveRejectsInvalidVersion() {
    #expect(
      run(serveCommand, ["--kubernetes-version", "abc"]).errors.hasPrefix(
        "operator-sim serve: --kubernetes-version: expected a version like v1.36.0, found \"abc\"\n"
      ))
  }
}
