import EmulatedAPIServer
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import operator_sim

/// `operator-sim attach` as people call it.
@Suite struct AttachCommandTests {
  private let image = ["--image", "registry.example.com/filelog-offset-sync:1.0.0"]

  @Test func missingImageIsAWrongCommandLine() {
    let result = run(attachCommand, [])
    #expect(result.code == .usage)
    #expect(result.errors.contains("--image is missing"))
  }

  @Test func applyWithoutObjectIsAWrongCommandLine() {
    let result = run(attachCommand, image + ["--apply"])
    #expect(result.code == .usage)
    #expect(result.errors.contains("--apply goes with KIND/NAME"))
  }

  /// Options that would be passed over are a wrong command line.
  @Test(arguments: [
    (["--kubeconfig", "config"], "--kubeconfig goes with KIND/NAME"),
    (["-o", "patches", "daemonset/agent"], "--format goes with manifests"),
    (["--select", "daemonset/agent", "daemonset/agent"], "--select goes with manifests"),
    (["--check", "--apply", "daemonset/agent"], "--check and --apply exclude each other"),
    (["--detach", "-o", "patches"], "--detach writes no patches"),
  ])
  func contradictoryOptionsAreAWrongCommandLine(_ options: [String], _ message: String) {
    let result = run(attachCommand, image + options)
    #expect(result.code == .usage)
    #expect(result.errors.contains(message))
  }

  @Test(arguments: ["deployment/agent", "daemonset/", "agent"])
  func otherOperandsAreAWrongCommandLine(_ operand: String) throws {
    try withCluster { client, options in
      let result = run(attachCommand, image + options + [operand])
      #expect(result.code == .usage)
      #expect(result.errors.contains("expected daemonset/NAME"))
    }
  }

  /// Attached, attached again, detached: the object is then what it was, and offsets are still there.
  @Test func liveObjectIsAttachedOnceAndDetachedCleanly() throws {
    try withCluster { client, options in
      let before = try agent(client)
      let shown = run(attachCommand, image + options + ["daemonset/agent"])
      #expect(shown.code == .success)
      #expect(shown.output.contains("+        name: filelog-offset-init\n"))
      #expect(shown.output.contains("+kind: RoleBinding\n"))
      #expect(shown.errors.contains("daemonset/agent note: helm applied it, too"))
      #expect(try agent(client) == before)

      let applied = run(attachCommand, image + options + ["--apply", "daemonset/agent"])
      #expect(applied.code == .success)
      #expect(applied.output.hasSuffix("daemonset.apps/agent patched\n"))
      let attached = try agent(client)
      #expect(attached != before)
      #expect(run(attachCommand, image + options + ["daemonset/agent"]).output == "")
      let again = run(attachCommand, image + options + ["--apply", "daemonset/agent"])
      #expect(again.output.hasSuffix("daemonset.apps/agent unchanged\n"))

      let detached = run(attachCommand, options + ["--detach", "--apply", "daemonset/agent"])
      #expect(detached.code == .success)
      #expect(!detached.errors.contains("applied it, too"))
      #expect(
        detached.output.contains("role.rbac.authorization.k8s.io/agent-filelogoffsets deleted\n"))
      #expect(try agent(client)["spec"] == before["spec"])
      let map = try client.object(try reference("ConfigMap", "agent-filelogoffsets-cm"))
      #expect(map != nil)
    }
  }

  /// A policy of an earlier attachment would refuse what this one stores.
  @Test func policyThatIsNoLongerWantedIsDeleted() throws {
    try withCluster { client, options in
      let policy = ObjectReference(
        try #require(ResourceType.named("ValidatingAdmissionPolicy")), namespace: nil,
        name: "default.agent-filelogoffsets")
      let attach = image + options + ["--apply", "daemonset/agent"]
      #expect(run(attachCommand, attach + ["--admission-policy"]).code == .success)
      #expect(try client.object(policy) != nil)
      let result = run(attachCommand, attach)
      #expect(result.output.contains("default.agent-filelogoffsets deleted\n"))
      #expect(try client.object(policy) == nil)
    }
  }

  /// What was found before it is reported all the same.
  @Test func absentObjectIsReported() throws {
    try withCluster { _, options in
      let result = run(attachCommand, image + options + ["daemonset/agent", "daemonset/other"])
      #expect(result.code == .failure)
      #expect(result.errors.contains("daemonset/agent attached: file_log"))
      #expect(result.errors.contains("daemonset/other: not found in namespace default"))
    }
  }

  @Test func liveReportIsWrittenToTheFileAsJSON() throws {
    try withCluster { _, options in
      let directory = TemporaryDirectory()
      let path = directory.write("report.json", "")
      let result = run(
        attachCommand,
        image + options + ["--check", "--json", "--report", path, "daemonset/agent"])
      #expect(result.code == .success)
      #expect(result.output == "")
      let report = try JSONValue(parsing: String(decoding: try HostFiles.read(path), as: UTF8.self))
      #expect(report["entries"]?[0]?["outcome"] == "attached")
    }
  }

  @Test func detachingWhatIsNotAttachedSaysSo() throws {
    try withCluster { client, options in
      let before = try agent(client)
      let result = run(attachCommand, options + ["--detach", "--apply", "daemonset/agent"])
      #expect(result.code == .success)
      #expect(result.errors.contains("daemonset/agent note: nothing is attached"))
      #expect(try agent(client) == before)
    }
  }

  /// All of a config map or a secret may come in as variables.
  @Test func configurationInVariablesOfAnObjectIsRead() throws {
    try withCluster { client, options in
      let object = Self.daemonSet(
        container: [
          "name": "collector", "image": "otel/opentelemetry-collector-k8s:0.158.0",
          "args": ["--config=env:relay"], "envFrom": [["configMapRef": ["name": "agent"]]],
        ])
      try client.apply(
        object, to: try reference("DaemonSet", "agent"),
        WriteMode(fieldManager: "helm", isForced: true))
      let result = run(attachCommand, image + options + ["--check", "daemonset/agent"])
      #expect(result.errors.contains("daemonset/agent attached: file_log"))
    }
  }

  // MARK: Cluster

  private func withCluster(_ body: (KubernetesClient, [String]) throws -> Void) throws {
    let server = try EmulatedAPIServer()
    let endpoint = try server.start()
    defer { server.stop() }
    let directory = TemporaryDirectory()
    let kubeconfig = directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))
    let client = KubernetesClient(
      try ClusterConfiguration.kubeconfig(path: kubeconfig, context: nil))
    for object in [Self.configMap, Self.daemonSet(container: Self.collector)] {
      let target = try reference(
        object["kind"]?.string ?? "", object["metadata"]?["name"]?.string ?? "")
      try client.apply(object, to: target, WriteMode(fieldManager: "helm"))
    }
    try body(client, ["--kubeconfig", kubeconfig, "--namespace", "default"])
  }

  private func reference(_ kind: String, _ name: String) throws -> ObjectReference {
    ObjectReference(try #require(ResourceType.named(kind)), namespace: "default", name: name)
  }

  private func agent(_ client: KubernetesClient) throws -> JSONValue {
    try #require(try client.object(try reference("DaemonSet", "agent")))
  }

  private static let configMap: JSONValue = [
    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "agent", "namespace": "default"],
    "data": [
      "relay": .string(
        """
        receivers: {file_log: {include: [/var/log/pods/*/*/*.log]}}
        exporters: {debug: {}}
        service: {pipelines: {logs: {receivers: [file_log], exporters: [debug]}}}
        """)
    ],
  ]

  private static let collector: JSONValue = [
    "name": "collector", "image": "otel/opentelemetry-collector-k8s:0.158.0",
    "args": ["--config=/conf/relay"],
    "volumeMounts": [["name": "config", "mountPath": "/conf"]],
  ]

  private static func daemonSet(container: JSONValue) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": "DaemonSet",
      "metadata": ["name": "agent", "namespace": "default"],
      "spec": [
        "selector": ["matchLabels": ["app": "agent"]],
        "template": [
          "metadata": ["labels": ["app": "agent"]],
          "spec": [
            "containers": [container],
            "volumes": [["name": "config", "configMap": ["name": "agent"]]],
          ],
        ],
      ],
    ]
  }
}
