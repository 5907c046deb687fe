import Attachment
import DesiredState
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

  @Test(arguments: ["a b", " a", "a ", "a//b", "$IMAGE", "a:", "'a'", "ä"])
  func whatIsNotAnImageIsAWrongCommandLine(_ image: String) throws {
    let call = try Invocation(parsing: ["--image", image], options: attachOptions)
    #expect(
      throws: UsageError("--image: expected an image like REGISTRY/NAME:TAG, found \"\(image)\"")
    ) { try AttachOptions(call) }
  }

  @Test(arguments: ["a", "REGISTRY/a:1.0.0", "localhost:5000/a_b/c-d", "a.b/c@sha256:0f"])
  func imagesAreTaken(_ image: String) throws {
    let call = try Invocation(parsing: ["--image", image], options: attachOptions)
    #expect(try AttachOptions(call).image.reference == image)
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
      #expect(shown.errors.contains(", configuration mounted over /conf/relay\n"))
      #expect(!shown.errors.contains("helm applied"))
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
      #expect(
        detached.output.contains("role.rbac.authorization.k8s.io/agent-filelogoffsets deleted\n"))
      #expect(try agent(client)["spec"] == before["spec"])
      let map = try client.object(try reference("ConfigMap", "agent-filelogoffsets-cm"))
      #expect(map != nil)
    }
  }

  /// A controller writes the object's status, all the time while pods are replaced.
  @Test func objectThatChangesMeanwhileIsReadAgain() throws {
    try withCluster(fault: "verb=patch resource=daemonsets status=409 times=2") { client, options in
      let applied = run(attachCommand, image + options + ["--apply", "daemonset/agent"])
      #expect(applied.code == .success)
      #expect(
        applied.output
          == """
          configmap/agent-filelogoffsets-cm applied
          role.rbac.authorization.k8s.io/agent-filelogoffsets applied
          rolebinding.rbac.authorization.k8s.io/agent-filelogoffsets applied
          daemonset.apps/agent patched

          """)
    }
    try withCluster(fault: "verb=patch resource=daemonsets status=409") { client, options in
      let applied = run(attachCommand, image + options + ["--apply", "daemonset/agent"])
      #expect(applied.code == .failure)
      #expect(
        applied.errors == "daemonset/agent: changes too often, and is not patched; run it again\n")
    }
  }

  /// Nothing that its manager wrote is changed, so its next version is applied without a conflict.
  @Test func attachmentSurvivesTheNextApplyOfAnotherManager() throws {
    try withCluster { client, options in
      let attach = image + options + ["--apply", "daemonset/agent"]
      #expect(run(attachCommand, attach).code == .success)
      let args = Self.containerPath + ["args"]
      #expect(Self.value(try agent(client), args) == ["--config=/conf/relay"])

      var container = Self.collector
      container["image"] = "otel/opentelemetry-collector-k8s:0.159.0"
      container["args"] = ["--config=/conf/relay", "--feature-gates=x"]
      try client.apply(
        Self.daemonSet(container: container), to: try reference("DaemonSet", "agent"),
        WriteMode(fieldManager: "helm"))
      let upgraded = try agent(client)
      #expect(Self.value(upgraded, args) == container["args"])
      let mounts = Self.value(upgraded, Self.containerPath + ["volumeMounts"])?.array ?? []
      #expect(
        mounts.compactMap { $0["mountPath"]?.string }.sorted() == [
          "/conf", "/conf/", "/var/otelcol/filelogoffsets",
        ])
      let initial = Self.value(upgraded, ["spec", "template", "spec", "initContainers", "0"])
      let variable = initial?["env"]?.array?.first {
        $0["name"] == "FILELOG_COLLECTOR_CONFIGURATION"
      }
      let configuration = try JSONValue(parsing: variable?["value"]?.string ?? "")
      #expect(configuration["from"] == "/var/otelcol/collector_configuration/vendor")
      #expect(configuration["file"] == "relay")
      #expect(configuration["additions"]?.array?.count == 3)
      #expect(run(attachCommand, image + options + ["daemonset/agent"]).output == "")

      let detach = options + ["--detach", "--apply", "daemonset/agent"]
      #expect(run(attachCommand, detach).code == .success)
      let detached = try agent(client)
      let fields = Self.value(detached, ["metadata", "managedFields"])?.array ?? []
      #expect(fields.compactMap { $0["manager"]?.string } == ["helm"])
      #expect(
        Self.value(detached, Self.containerPath + ["volumeMounts"]) == container["volumeMounts"])
      #expect(Self.value(detached, ["spec", "template", "spec", "initContainers"]) == nil)
    }
  }

  /// What an earlier version added as an argument goes away, and belongs to the other manager again.
  @Test func attachmentByArgumentIsConverted() throws {
    try withCluster { client, options in
      let before = try agent(client)
      let list: JSONValue = [
        "apiVersion": "v1", "kind": "List",
        "items": [try #require(try client.object(try reference("ConfigMap", "agent"))), before],
      ]
      var choice = AttachOptions(image: ContainerImage(image[1]))
      choice.namespace = "default"
      choice.kubernetesVersion = KubernetesVersion("1.36")
      let attacher = Attacher(file: "test")
      let output = try #require(try attacher.attach(JSONWriter.compact.bytes(list), choice).output)
      let object = try #require(
        try attacher.list(output)["items"]?.array?.first { $0["kind"] == "DaemonSet" })
      try client.patch(
        try reference("DaemonSet", "agent"),
        operations: JSONDifference.operations(from: before, to: object),
        WriteMode(fieldManager: "operator-sim-attach"))
      let args = Self.containerPath + ["args"]
      #expect(Self.value(try agent(client), args)?.array?.count == 2)

      #expect(
        run(attachCommand, image + options + ["--apply", "daemonset/agent"]).code == .success)
      #expect(Self.value(try agent(client), args) == ["--config=/conf/relay"])
      var container = Self.collector
      container["args"] = ["--config=/conf/relay", "--feature-gates=x"]
      try client.apply(
        Self.daemonSet(container: container), to: try reference("DaemonSet", "agent"),
        WriteMode(fieldManager: "helm"))
      #expect(Self.value(try agent(client), args) == container["args"])
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
      #expect(
        result.errors.contains(
          "daemonset/agent note: the configuration gets one more argument (it does not come from a "
            + "mounted file); helm applied the object, too"))
    }
  }

  // MARK: Cluster

  private static let containerPath = ["spec", "template", "spec", "containers", "0"]

  private static func value(_ object: JSONValue, _ path: [String]) -> JSONValue? {
    path.reduce(object as JSONValue?) { value, key in Int(key).map { value?[$0] } ?? value?[key] }
  }

  /// - Parameter fault: what goes wrong once the objects are there.
  private func withCluster(
    fault: String? = nil, _ body: (KubernetesClient, [String]) throws -> Void
  ) throws {
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
    if let fault { server.addFault(try Fault(parsing: fault)) }
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
