import FilelogCommandLine
import Foundation
import TestSupport
import Testing

@testable import operator_sim

@Suite struct RenderCommandTests {
  @Test func renderPrintsListAndNotes() throws {
    let directory = TemporaryDirectory()
    let values = directory.write("values.yaml", "operator: {replicaCount: 2}\n")
    let result = render(["--values", values])
    #expect(result.code == .success)
    #expect(result.output.hasPrefix("{\n  \"apiVersion\": \"v1\",\n  \"items\": [\n"))
    #expect(result.output.hasSuffix("  \"kind\": \"List\"\n}\n"))
    #expect(
      result.errors == """
        note: ignored, as other components own them: operator.replicaCount
        note: no namespace is monitored: the collector reads nothing
        note: log files that are rotated while no collector runs are skipped, as upstream's sidecar \
        does not follow them: set filelogOffsetSyncImage to this project's, or filelogRotatedFiles to \
        newest

        """)
  }

  @Test func renderPrintsYAML() {
    let result = render(["-o", "yaml"])
    #expect(result.code == .success)
    #expect(result.output.hasPrefix("apiVersion: v1\nitems:\n- apiVersion: v1\n"))
    #expect(result.output.contains("    config.yaml: |\n      exporters:\n"))
  }

  @Test func renderReportsEachProblemAndPrintsNothing() {
    let directory = TemporaryDirectory()
    let values = directory.write("values.yaml", "operator: {clusterNam: x}\n")
    let result = render([
      "--values", values, "--cluster-uid", "a b", "--output", directory.path,
    ])
    #expect(
      result
        == CommandResult(
          .failure,
          errors: """
            \(values):1: operator.clusterNam: found an unknown key, did you mean clusterName?
            --cluster-uid: found "a b", expected the UID of the namespace kube-system, like 7b0e6c1d-…

            """))
    #expect(names(in: directory.path) == ["values.yaml"])
  }

  @Test func missingFileErrorNamesPath() {
    #expect(
      render(["--values", "/nowhere/values.yaml"])
        == CommandResult(
          .failure, errors: "cannot read /nowhere/values.yaml: No such file or directory\n"))
  }

  @Test(arguments: [
    (["-o", "xml"], "-o: expected one of json, yaml, found \"xml\""),
    (
      ["--values", "-", "--monitoring", "-"],
      "- is given twice, and standard input can be read once"
    ),
    (["--set-literal", "foo"], "--set-literal: found \"foo\", expected key.path=text"),
    (["--set", "foo"], "--set: found \"foo\", expected key.path=value"),
    (
      ["--kubernetes-version", "x"],
      "--kubernetes-version: found \"x\", expected a version like 1.31"
    ),
    (
      ["--cluster-uid", "a b", "--chart-version", "v 1"],
      "--chart-version: found \"v 1\", expected a chart version (up to 63 letters, digits, -, _ and .)\n"
        + "--cluster-uid: found \"a b\", expected the UID of the namespace kube-system, like "
        + "7b0e6c1d-…"
    ),
    (["--valeus", "x"], "unknown option --valeus, did you mean --values?"),
  ])
  func aWrongCommandLineEndsWithTwo(_ arguments: [String], _ message: String) {
    let errors = "operator-sim render: \(message)\nTry: operator-sim render --help\n"
    #expect(render(arguments) == CommandResult(.usage, errors: errors))
  }

  @Test func renderOutputWritesOneFilePerObjectInApplyOrder() {
    let directory = TemporaryDirectory()
    let result = render(["--output", directory.path + "/new/out"])
    #expect(result.code == .success)
    #expect(result.output.isEmpty)
    #expect(
      names(in: directory.path + "/new/out") == [
        "01-serviceaccount-rel-opentelemetry-collector-sa.json",
        "02-configmap-rel-filelogoffsets-cm.json",
        "03-configmap-rel-opentelemetry-collector-agent-cm.json",
        "04-role-rel-opentelemetry-collector-role.json",
        "05-rolebinding-rel-opentelemetry-collector-rolebinding.json",
        "06-clusterrole-rel-opentelemetry-collector-cr.json",
        "07-clusterrolebinding-rel-opentelemetry-collector-crb.json",
        "08-daemonset-rel-opentelemetry-collector-agent-daemonset.json",
      ])
  }

  @Test func renderOutputKeepsSecretsPrivate() throws {
    let directory = TemporaryDirectory()
    let output = directory.path + "/out"
    let sets = ["enabled=true", "endpoint=x.example:4317", "token=auth_x"]
      .flatMap { ["--set", "operator.dash0Export.\($0)"] }
    #expect(
      run(
        renderCommand,
        ["--release", "r", "--namespace", "n", "--output", output] + sets
      ).code == .success)
    func mode(_ path: String) -> mode_t {
      var status = stat()
      #expect(stat(path, &status) == 0)
      return status.st_mode & 0o777
    }
    #expect(mode(output) == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: output)
    let secret = try #require(names.first { $0.contains("-secret-") })
    #expect(mode(output + "/" + secret) == 0o600)
  }

  @Test func renderOutputRemovesOnlyStaleManifests() {
    let directory = TemporaryDirectory()
    #expect(render(["--output", directory.path]).code == .success)
    directory.write("09-notes.json", "{}")
    directory.write(
      "10-configmap-other.yaml", "metadata: {labels: {app.kubernetes.io/instance: rel}}")
    let volume = "operator.collectors.filelogOffsetSyncStorageVolume"
    let result = render([
      "--output", directory.path, "--set", "\(volume).name=v,\(volume).hostPath.path=/data",
    ])
    #expect(result.code == .success)
    #expect(
      result.errors.split(separator: "\n").filter { $0.hasPrefix("removed ") }.map(String.init) == [
        "removed \(directory.path)/02-configmap-rel-filelogoffsets-cm.json",
        "removed \(directory.path)/03-configmap-rel-opentelemetry-collector-agent-cm.json",
        "removed \(directory.path)/04-role-rel-opentelemetry-collector-role.json",
        "removed \(directory.path)/05-rolebinding-rel-opentelemetry-collector-rolebinding.json",
        "removed \(directory.path)/06-clusterrole-rel-opentelemetry-collector-cr.json",
        "removed \(directory.path)/07-clusterrolebinding-rel-opentelemetry-collector-crb.json",
        "removed \(directory.path)/08-daemonset-rel-opentelemetry-collector-agent-daemonset.json",
      ])
    let left = names(in: directory.path)
    #expect(left.count == 7)
    #expect(left.contains("09-notes.json") && left.contains("10-configmap-other.yaml"))
  }

  @Test func renderOutputIgnoresSpecialFiles() {
    let directory = TemporaryDirectory()
    #expect(mkfifo(directory.path + "/09-pipe.json", 0o600) == 0)
    #expect(render(["--output", directory.path]).code == .success)
    #expect(names(in: directory.path).contains("09-pipe.json"))
  }

  @Test func unwritableDirectoryErrorNamesPath() {
    let directory = TemporaryDirectory()
    directory.write("file", "")
    #expect(
      render(["--output", directory.path + "/file"])
        == CommandResult(
          .failure,
          errors: "cannot write \(directory.path)/file/01-serviceaccount-rel-"
            + "opentelemetry-collector-sa.json: Not a directory\n"))
  }

  @Test func helpExamplesParse() {
    #expect(!renderCommand.examples.isEmpty)
    let help = run(renderCommand, ["--help"])
    #expect(help.code == .success)
    for option in renderCommand.options { #expect(help.output.contains(option.name)) }
  }

  private func names(in directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
  }

  private func render(_ arguments: [String]) -> CommandResult {
    // Without an export there is nothing to render.
    run(
      renderCommand,
      [
        "--release", "rel", "--namespace", "ops", "--set",
        "operator.export.grpc.endpoint=otel.example.com:4317",
      ] + arguments)
  }
}
