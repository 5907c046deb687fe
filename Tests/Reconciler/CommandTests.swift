import EmulatedAPIServer
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import Synchronization
import TestSupport
import Testing

@testable import Reconciler
@testable import operator_sim

/// The commands as people call them, against a server with TLS and a kubeconfig.
@Suite struct CommandTests {
  private struct Result: Equatable {
    var code: ExitCode
    var output = ""
    var errors = ""
  }

  private func run(_ arguments: [String]) -> Result {
    let written = Mutex(Result(code: .success))
    let console = Console(
      output: { text in written.withLock { $0.output += text } },
      errors: { text in written.withLock { $0.errors += text } })
    let code = tool.run(arguments, console: console)
    return written.withLock { Result(code: code, output: $0.output, errors: $0.errors) }
  }

  private let tool = CommandLineTool(
    name: "operator-sim", summary: "",
    commands: [diffCommand, applyCommand, deleteCommand, listCommand, statusCommand])
  private let release = ["--release", "rel", "--namespace", "default"]

  @Test func applyDiffAndDeleteRoundTrip() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let kubeconfig = directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))
    let values = directory.write(
      "values.yaml",
      "operator: {clusterName: prod, export: {grpc: {endpoint: \"otel.example.com:4317\"}}}\n")
    let cluster = release + ["--kubeconfig", kubeconfig]
    let desired = cluster + ["--values", values]

    let first = run(["diff"] + desired)
    #expect(first.code == .failure)
    #expect(first.output.contains("+kind: DaemonSet\n"))
    let dry = run(["apply", "--dry-run"] + desired)
    #expect(dry.code == .success)
    #expect(dry.output.contains("agent-daemonset created (dry run)\n"))
    let applied = run(["apply"] + desired)
    #expect(applied.code == .success)
    #expect(applied.output.split(separator: "\n").count == 8)
    #expect(applied.errors.hasPrefix("note: no namespace is monitored"))
    #expect(run(["diff"] + desired) == Result(code: .success))
    let native = run(["diff", "--kubernetes-version", "1.28"] + desired)
    // The emulated cluster is newer, and was asked for its version.
    #expect(native.code == .failure && native.output.contains("-        restartPolicy: Always\n"))
    let access = ["--kubeconfig", kubeconfig]
    #expect(run(["list", "-A"] + access).output.contains("default    rel      "))
    #expect(run(["list", "-oyaml"] + access).output.hasPrefix("- collectorImage: "))
    #expect(run(["list", "-A", "-n", "default"] + access).code == .usage)
    try KubernetesClient(.kubeconfig(path: kubeconfig)).patchConfigMap(
      namespace: "default", name: "rel-filelogoffsets-cm",
      mergePatch: ConfigMapPatch(binaryData: ["node-a": [1, 2, 3]]).body)
    let status = run(["status"] + release + access)
    #expect(status.code == .failure)
    #expect(
      status.output.contains("\ndamaged    offsets of node-a; operator-sim offsets shows why\n"))
    let jane = directory.write("jane", endpoint.kubeconfig(token: server.issueToken(user: "jane")))
    for (command, remedy) in [
      (["list"], "; --namespace lists the releases of one namespace\n"),
      (["list", "-n", "default"], "; ask for that permission, or choose another --context\n"),
      (["status"] + release, "; ask for that permission, or choose another --context\n"),
    ] {
      let refused = run(command + ["--kubeconfig", jane])
      #expect(refused.code == .failure && refused.errors.hasSuffix(remedy), "\(refused.errors)")
    }
    let deleted = run(["delete", "--prune-offsets"] + cluster)
    #expect(deleted.code == .success && deleted.errors == "")
    let nothing =
      "release rel: not found in namespace default, nothing was deleted; operator-sim list shows what "
      + "there is\n"
    #expect(run(["delete"] + cluster) == Result(code: .failure, errors: nothing))
    #expect(run(["delete", "--ignore-not-found"] + cluster) == Result(code: .success))
  }

  /// The value alone is changed; that nodes still keep offsets in maps of their own, the cluster shows.
  @Test func switchingLayoutBackKeepsNodeMapsReadable() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let kubeconfig = directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))
    // An export, and an image that knows layouts.
    let values = directory.write(
      "values.yaml",
      """
      operator:
        export: {grpc: {endpoint: "otel.example.com:4317"}}
        filelogOffsetSyncImage: {repository: registry.example.com/filelog-offset-sync}
      """)
    let cluster = release + ["--kubeconfig", kubeconfig, "--values", values]
    func layout(_ sets: String...) -> [String] {
      cluster + sets.flatMap { ["--set", "operator.collectors.filelogOffsetSync\($0)"] }
    }
    let client = KubernetesClient(try .kubeconfig(path: kubeconfig))
    let map = TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-node-a", in: "default")
    let role = TestRelease.ref("Role", "rel-opentelemetry-collector-role", in: "default")
    let node = Array(#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-a"}}"#.utf8)
    func verbs() throws -> JSONValue? { try client.object(role)?["rules"]?.array?.first?["verbs"] }

    #expect(run(["apply"] + layout("Layout=perNode")).code == .success)
    let metadata = AppliedMetadata(
      labels: ReleaseScope(
        release: "rel", namespace: "default", fieldManager: "operator-sim"
      ).labels.merging(
        ["dash0.com/filelog-offsets": "node"]) { $1 },
      annotations: ["dash0.com/filelog-offsets-node": "node-a"], owners: [])
    try client.applyConfigMap(
      namespace: "default", name: map.name, metadata, fieldManager: "filelog-offset-sync")
    try client.patchConfigMap(
      namespace: "default", name: map.name,
      mergePatch: ConfigMapPatch(binaryData: ["node-a": [1, 2, 3]]).body)

    let back = run(["apply"] + layout("Layout=shared"))
    #expect(back.code == .success)
    #expect(
      back.errors.contains(
        "note: 1 node keeps offsets in a map of its own (node-a): pods take it over into the shared "
          + "map, and those after them empty it; the role permits that until "
          + "operator.collectors.filelogOffsetSyncPreviousLayout is set to shared\n"),
      "\(back.errors)")
    #expect(try verbs() == ["create", "get", "patch"])
    #expect(run(["diff"] + layout("Layout=shared")).code == .success)

    _ = try client.send(
      APIRequest("POST", "/api/v1/nodes", contentType: MediaType.json, body: node))
    for command in ["diff", "apply"] {
      let early = run([command] + layout("Layout=shared", "PreviousLayout=shared"))
      #expect(early.code == (command == "diff" ? .usage : .failure))
      #expect(
        early.errors
          == "1 node keeps offsets in a map of its own (node-a), where "
          + "operator.collectors.filelogOffsetSyncPreviousLayout=shared keeps pods from looking: they "
          + "would read their log files from the beginning; take the value away, replace the pods once more "
          + "(kubectl rollout restart), and set it when no map "
          + "of a node is left\nnothing was changed\n")
    }
    #expect(try verbs() == ["create", "get", "patch"])

    try client.patchConfigMap(
      namespace: "default", name: map.name,
      mergePatch: ConfigMapPatch(binaryData: ["node-a": nil]).body)
    // Nothing changes by itself: that would replace every pod once more.
    let drained = run(["diff"] + cluster)
    #expect(drained.code == .success)
    #expect(
      drained.errors.contains(
        "note: no node keeps offsets in a map of its own any more: "
          + "operator.collectors.filelogOffsetSyncPreviousLayout=shared narrows the role to the shared "
          + "map\n"), "\(drained.errors)")
    #expect(run(["apply"] + layout("PreviousLayout=shared")).code == .success)
    #expect(try verbs() == ["get", "patch"])
    let settled = run(["diff"] + cluster)
    #expect(settled.code == .success && !settled.errors.contains("map of its own"))
  }

  @Test func listAndStatusShowRelease() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let cluster = [
      "--kubeconfig",
      directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken)),
    ]
    #expect(
      run(["list"] + cluster)
        == Result(code: .success, errors: "no release found in any namespace\n"))
    #expect(
      run(["status"] + release + cluster)
        == Result(
          code: .failure,
          errors: "release rel: not found in namespace default; operator-sim list shows what there "
            + "is\n"))
    let export = ["--set", "operator.export.grpc.endpoint=otel.example.com:4317"]
    let applied = run(["apply"] + release + cluster + export)
    #expect(
      applied.errors.hasSuffix(
        "to see how it goes: operator-sim status --release rel --namespace default\n"))
    let rows = run(["list"] + cluster).output.split(separator: "\n")
      .map { $0.split(separator: " ") }
    #expect(rows.count == 2)
    #expect(
      rows.last == [
        "default", "rel", "0/0", "shared", "ghcr.io/dash0hq/filelog-offset-sync:0.153.0",
        "ghcr.io/dash0hq/collector:0.153.0",
      ])
    let status = run(["status"] + release + cluster)
    #expect(status.output.hasPrefix("release    default/rel\npods       0 of 0 ready, 0 updated\n"))
    #expect(status.output.contains("\nlayout     shared\noffsets    of 0 nodes\n"))
    let json = try JSONValue(parsing: Array(run(["list", "-ojson"] + cluster).output.utf8))
    #expect(json[0]?["release"] == "rel")
  }

  @Test func namespaceDefaultsToContext() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let text = endpoint.kubeconfig(token: endpoint.adminToken)
    let without = directory.write("without", text.replacing(", namespace: default", with: ""))
    let apply = ["apply", "--release", "rel", "--kubeconfig"]
    #expect(
      run(apply + [without]).errors.hasPrefix(
        "operator-sim apply: --namespace NS is missing, and no context of a kubeconfig names one\n")
    )
    #expect(run(apply + [directory.write("with", text)]).code == .success)
    // Without an export nothing was rendered that could be deleted.
    let delete = ["delete", "--release", "rel", "--kubeconfig", directory.path + "/with"]
    #expect(run(delete).errors.hasPrefix("release rel: not found in namespace default, "))
  }

  @Test func serverOptionNeedsNoKubeconfig() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let target = [
      "--server", endpoint.url + "/", "--token-file", directory.write("token", endpoint.adminToken),
      "--certificate-authority", directory.write("ca.crt", endpoint.caPEM ?? ""),
    ]
    #expect(run(["apply"] + release + target).code == .success)
    #expect(run(["diff"] + release + target).code == .success)
  }

  @Test(arguments: [["diff"], ["apply"], ["delete"]])
  func untrustedCertificateErrorNamesRemedy(_ command: [String]) throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let errors = run(command + release + ["--server", endpoint.url]).errors
    #expect(
      errors.hasSuffix(
        "; --certificate-authority, or in a kubeconfig certificate-authority, names the file with the "
          + "authority that signed it\n"))
  }

  @Test func applyReportsUnreadableClusterUID() throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    server.addFault(
      try Fault(parsing: "verb=get resource=namespaces name=kube-system status=403"))
    let directory = TemporaryDirectory()
    let cluster =
      release + [
        "--kubeconfig",
        directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken)),
      ]
    #expect(run(["apply"] + cluster).errors.contains("--cluster-uid sets it\n"))
    #expect(run(["diff"] + cluster).code == .success)
    let given = run(["apply", "--cluster-uid", "7b0e6c1d"] + cluster)
    #expect(given.code == .success && !given.errors.contains("--cluster-uid"))
  }

  @Test func diffFailureExitsTwo() throws {
    let refused = run(["diff", "--server", "http://127.0.0.1:1"] + release)
    #expect(refused.code == .usage && refused.output == "")
    #expect(
      refused.errors
        == "the API server at 127.0.0.1:1: connection refused; is the cluster running, and is it the one "
        + "you mean? --context chooses another\n")
    let directory = TemporaryDirectory()
    let values = directory.write("values.yaml", "operator: {clusterNam: x}\n")
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let kubeconfig = directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))
    let wrong = run(["diff", "--values", values, "--kubeconfig", kubeconfig] + release)
    #expect(wrong.code == .usage)
    #expect(
      wrong.errors
        == "\(values):1: operator.clusterNam: found an unknown key, did you mean clusterName?\n")
  }

  @Test(arguments: [
    (["apply", "--watch", "--dry-run"], "--dry-run and --watch exclude each other"),
    (["apply", "--interval", "1ms"], "--interval: at least 100ms"),
    (["apply", "--interval", "5s"], "--interval goes with --watch"),
    (["apply", "--token-file", "x"], "--token-file goes with --server"),
    (["apply", "--server", "x", "--context", "y"], "--context does not go with --server"),
    (
      ["diff", "--server", "10.0.0.1"],
      "--server: expected a URL like https://10.0.0.1:6443, found \"10.0.0.1\""
    ),
    (
      ["delete", "--prune-offsets", "--keep-offsets"],
      "--prune-offsets and --keep-offsets exclude each other"
    ),
  ])
  func wrongCommandLineExitsTwo(arguments: [String], message: String) {
    #expect(
      run(arguments + release)
        == Result(
          code: .usage,
          errors: "operator-sim \(arguments[0]): \(message)\nTry: operator-sim \(arguments[0]) "
            + "--help\n"))
  }

  @Test func helpShowsExitCodes() {
    #expect(
      run(["diff", "--help"]).output.hasSuffix(
        "Exit codes: 0 nothing differs; 1 something differs; 2 trouble, reported on standard error.\n"
      ))
    #expect(
      run(["apply", "--help"]).output.hasSuffix(
        "Exit codes: 0 success; 1 failure, reported on standard error; 2 wrong command line.\n"))
  }
}
