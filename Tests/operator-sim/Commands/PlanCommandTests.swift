import EmulatedAPIServer
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import Foundation
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
    let directory = TemporaryDirectory()
    let page = directory.path + "/plan.html"
    let (code, output) = plan(["--nodes", "200", "--pods-per-node", "40", "--report", page])
    #expect(code == .success)
    #expect(output.text.contains("Take one map for each node"))
    #expect(try HostFiles.read(page).starts(with: "<!DOCTYPE html>".utf8))
  }

  /// A link in the place of a report, as /dev/stdout is one, is not replaced by the report.
  @Test func reportIntoDeviceLeavesItThere() throws {
    let directory = TemporaryDirectory()
    let link = directory.path + "/null"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
    #expect(plan(["--nodes", "5", "--report", link]).code == .success)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/null")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func reportOntoFullDeviceFails() {
    let directory = TemporaryDirectory()
    let link = directory.path + "/full"
    #expect(symlink("/dev/full", link) == 0)
    let (code, output) = plan(["--nodes", "5", "--report", link])
    #expect(code == .failure)
    #expect(output.errors == "cannot write \(link): No space left on device\n")
  }

  @Test func planFailsWhenNoLayoutFits() {
    let (code, output) = plan(["--nodes", "15000", "--pods-per-node", "100"])
    #expect(code == .failure)
    #expect(output.text.contains("Neither layout fits."))
    #expect(plan(["--nodes", "15000", "--server-speed", "1000", "--json"]).code == .success)
  }

  @Test(arguments: [
    (
      ["--context", "x", "--server", "http://y"],
      "expected --nodes, or a cluster to count in (--context does not go with --server)"
    ),
    (
      ["--nodes", "5", "--context", "x"],
      "--context does not go with --nodes, with which no cluster is asked"
    ),
    (
      ["--release", "x", "--nodes", "5"],
      "--release does not go with --nodes, with which no cluster is asked"
    ),
    (["--namespace", "x"], "--namespace goes with --release"),
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

  /// Cordoned and unready nodes apart, and pods of monitored namespaces only.
  @Test func planCountsWhatTheReleaseCollects() throws {
    let directory = TemporaryDirectory()
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let kubeconfig = directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))
    let client = KubernetesClient(
      try ClusterConfiguration.kubeconfig(path: kubeconfig), userAgent: "test")
    func create(_ path: String, _ object: JSONValue) throws {
      _ = try client.send(
        APIRequest(
          "POST", "/api/v1/\(path)", contentType: MediaType.json,
          body: JSONWriter.compact.bytes(object)))
    }
    for name in ["a", "b"] {
      try create(
        "nodes",
        [
          "apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(name)],
          "spec": ["unschedulable": .bool(name == "b")],
        ])
    }
    try create(
      "namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "shop"]])
    for (number, namespace) in ["shop", "shop", "shop", "default"].enumerated() {
      try create(
        "namespaces/\(namespace)/pods",
        [
          "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string("p\(number)")],
          "spec": ["containers": [["name": "c", "image": "i"]]],
        ])
    }
    let labels: JSONValue = [
      "app.kubernetes.io/name": "opentelemetry-collector", "app.kubernetes.io/instance": "rel",
      "app.kubernetes.io/managed-by": "dash0-operator",
    ]
    for (name, data) in [
      ("rel-filelogoffsets-cm", [:] as JSONValue),
      (
        "rel-collector",
        ["config.yaml": "receivers: {filelog: {include: [/var/log/pods/shop_*/*/*.log]}}"]
      ),
    ] {
      try create(
        "namespaces/default/configmaps",
        [
          "apiVersion": "v1", "kind": "ConfigMap",
          "metadata": ["name": .string(name), "labels": labels], "data": data,
        ])
    }
    let all = plan(["--kubeconfig", kubeconfig])
    #expect(
      all.output.errors
        == "counted: 2 nodes (1 cordoned), 4 pods in 2 namespaces, monitored or not\n")
    let release = plan(["--kubeconfig", kubeconfig, "--release", "rel", "-n", "default", "--json"])
    #expect(
      release.output.errors == """
        counted: 2 nodes (1 cordoned), 3 pods in 1 monitored namespace of 4 pods in 2 namespaces
        the offsets of 0 nodes take 0 bytes now

        """)
    #expect(release.code == .success)
    #expect(
      plan(["--kubeconfig", kubeconfig, "--release", "other"]).output.errors.contains(
        "no offsets of a release other"))
  }
}
