import FilelogContract
import FilelogJSON
import Testing

@testable import DesiredState

/// The words that other software relies on, written out: a change of one must be made here too.
@Suite struct ContractTests {
  @Test func contractWordsAreUnchanged() {
    #expect(Contract.OffsetsVolume.name == "filelogreceiver-offsets")
    #expect(Contract.OffsetsVolume.sizeLimit == "10M")
    #expect(Contract.OffsetsVolume.sizeLimitBytes == 10_000_000)
    #expect(Contract.OffsetsVolume.mountPath == "/var/otelcol/filelogreceiver_offsets")
    #expect(Contract.ContainerName.sync == "filelog-offset-sync")
    #expect(Contract.ContainerName.initialize == "filelog-offset-init")
    #expect(Contract.ContainerName.volumeOwnership == "filelog-offset-volume-ownership")
    #expect(Contract.Arguments.sync == ["--mode=sync"])
    #expect(Contract.Arguments.initialize == ["--mode=init"])
    #expect(Contract.storageExtension == "file_storage/filelogreceiver_offsets")
    #expect(Contract.offsetsConfigMapName(release: "rel") == "rel-filelogoffsets-cm")
    #expect((Contract.userID, Contract.groupID) == (65532, 0))
    #expect(
      Contract.Variable.allCases.map(\.rawValue) == [
        "K8S_CONFIGMAP_NAMESPACE", "K8S_CONFIGMAP_NAME", "K8S_NODE_NAME",
        "FILELOG_OFFSET_DIRECTORY_PATH", "K8S_POD_UID", "K8S_POD_NAME", "K8S_CLUSTER_UID",
        "K8S_CLUSTER_NAME", "SERVICE_VERSION", "DASH0_OPERATOR_NAMESPACE", "K8S_DAEMONSET_NAME",
        "K8S_DAEMONSET_UID", "SHUTDOWN_DEADLINE", "FILELOG_DELIVERY", "K8S_CONFIGMAP_LAYOUT",
        "K8S_CONFIGMAP_PREVIOUS_LAYOUT", "K8S_CONFIGMAP_LABELS", "SYNC_INTERVAL",
        "FILELOG_POD_LOGS_PATH", "FILELOG_ROTATED_LOGS_PATH",
        "FILELOG_COLLECTOR_CONFIGURATION", "LOG_LEVEL",
      ])
  }

  @Test func layoutWordsAreUnchanged() {
    #expect(Contract.OffsetLayout.allCases.map(\.rawValue) == ["shared", "perNode"])
    #expect(Contract.NodeMap.prefix(release: "rel") == "rel-filelogoffsets-node-")
    #expect(
      Contract.NodeMap.prefix(sharedMap: "rel-filelogoffsets-cm") == "rel-filelogoffsets-node-")
    #expect(Contract.NodeMap.partPrefix(release: "rel") == "rel-filelogoffsets-part-")
    #expect(Contract.NodeMap.longestName == 253)
    #expect(Contract.NodeMap.kindLabel == "dash0.com/filelog-offsets")
    #expect([Contract.NodeMap.nodeKind, Contract.NodeMap.partKind] == ["node", "part"])
    #expect(Contract.NodeMap.nodeAnnotation == "dash0.com/filelog-offsets-node")
    #expect(Contract.NodeMap.partsKey == "_parts.json")
    #expect(Contract.NodeMap.partNumbers == 32)
  }

  @Test func initAndSyncContainersDifferInNameAndModeOnly() throws {
    let input = try DesiredStateInput(request("operator: {clusterName: c}"))
    let settings = OffsetSyncSettings(input)
    var initialize = filelogOffsetInitContainer(settings)
    var sync = filelogOffsetSyncContainer(settings)
    #expect(initialize["args"] == ["--mode=init"] && sync["args"] == ["--mode=sync"])
    #expect(initialize["name"] != sync["name"])
    for member in ["args", "name"] {
      initialize[member] = nil
      sync[member] = nil
    }
    #expect(initialize == sync)
  }

  @Test func variablesHaveTheirSources() throws {
    let input = try DesiredStateInput(request("operator: {clusterName: \"c $(HOME)\"}"))
    let variables = OffsetSyncSettings(input).environment
    func value(_ variable: Contract.Variable) -> JSONValue? {
      variables.first { $0["name"]?.string == variable.rawValue }.flatMap {
        $0["value"] ?? $0["valueFrom"]?["fieldRef"]?["fieldPath"]
      }
    }
    #expect(value(.configMapNamespace) == "ops")
    #expect(value(.configMapName) == "rel-filelogoffsets-cm")
    #expect(value(.nodeName) == "spec.nodeName")
    #expect(value(.offsetDirectoryPath) == "/var/otelcol/filelogreceiver_offsets")
    #expect(value(.podUID) == "metadata.uid")
    #expect(value(.podName) == "metadata.name")
    #expect(value(.operatorNamespace) == "metadata.namespace")
    #expect(value(.daemonSetName) == "rel-opentelemetry-collector-agent-daemonset")
    #expect(value(.shutdownDeadline) == "20s")
    #expect(value(.clusterName) == "c $$(HOME)")
  }

  /// What an operator with a pod of its own says differently.
  @Test func offsetSyncContainersWithoutReleaseTakeOnlyWhatTheyAreGiven() {
    var settings = OffsetSyncSettings(
      image: ContainerImage("registry.example.com:5000/sync", pullPolicy: .always),
      configMapName: "agent-filelogoffsets-cm")
    settings.directory = "/var/addon/pos"
    settings.volumeMounts = [filelogReceiverOffsetsVolumeMount("checkpoint", at: "/var/addon/pos")]
    settings.securityContext = containerSecurityContext(user: 10001, setsSeccompProfile: true)
    settings.isNativeSidecar = true
    settings.syncIntervalSeconds = 1
    settings.shutdownDeadlineSeconds = 590
    let container = filelogOffsetSyncContainer(settings)
    #expect(container["restartPolicy"] == "Always")
    #expect(filelogOffsetInitContainer(settings)["restartPolicy"] == nil)
    #expect(container["image"] == "registry.example.com:5000/sync")
    #expect(container["imagePullPolicy"] == "Always")
    #expect(
      container["volumeMounts"] == [["name": "checkpoint", "mountPath": "/var/addon/pos"]])
    #expect(container["securityContext"]?["runAsUser"] == 10001)
    #expect(container["resources"] == nil)
    let variables = container["env"]?.array ?? []
    #expect(variables.contains(["name": "SYNC_INTERVAL", "value": "1s"]))
    #expect(variables.contains(["name": "SHUTDOWN_DEADLINE", "value": "590s"]))
    let namespace: JSONValue = [
      "name": "K8S_CONFIGMAP_NAMESPACE",
      "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]],
    ]
    #expect(variables.contains(namespace))
  }

  @Test func containerImageTellsRepositoryAndTag() {
    #expect(ContainerImage("r:5000/a/b:1.2").repository == "r:5000/a/b")
    #expect(ContainerImage("r:5000/a/b:1.2").tag == "1.2")
    #expect(ContainerImage("r:5000/a/b").repository == "r:5000/a/b")
    #expect(ContainerImage("r:5000/a/b").tag == nil)
    #expect(ContainerImage("a/b@sha256:00").repository == "a/b")
    #expect(ContainerImage("a/b:1@sha256:00").tag == "1")
  }

  @Test func syncDeadlineEndsBeforeGracePeriod() {
    let grace = ShutdownTiming.gracePeriodSeconds
    let deadline = ShutdownTiming.deadlineSeconds(gracePeriodSeconds: grace)
    #expect(deadline > 0 && deadline <= grace - 5)
    #expect(ShutdownTiming.gracePeriodSeconds(deadlineSeconds: deadline) == grace)
  }

  @Test func roleGrantsGetAndPatchOfOneMap() throws {
    let manifests = assembleDesiredState(try DesiredStateInput(request("{}")))
    let role = try #require(manifests.first { $0.kind == "Role" })
    #expect(
      role.json["rules"] == [
        [
          "apiGroups": [""], "resources": ["configmaps"],
          "resourceNames": ["rel-filelogoffsets-cm"], "verbs": ["get", "patch"],
        ]
      ])
    let map = try #require(manifests.first { $0.name == "rel-filelogoffsets-cm" })
    #expect(Set(map.json.object?.keys ?? [:].keys) == ["apiVersion", "kind", "metadata"])
  }

  @Test func manifestsFollowWhatTheyReferTo() throws {
    let values = "operator: {dash0Export: {enabled: true, endpoint: \"h:1\", token: t}}"
    let manifests = assembleDesiredState(try DesiredStateInput(request(values)))
    #expect(
      manifests.map(\.kind) == [
        "ServiceAccount", "Secret", "ConfigMap", "ConfigMap", "Role", "RoleBinding", "ClusterRole",
        "ClusterRoleBinding", "DaemonSet",
      ])
    #expect(
      manifests.enumerated().map { $1.fileName(at: $0, format: "json") }.first
        == "01-serviceaccount-rel-opentelemetry-collector-sa.json")
    #expect(
      manifests[0].fileName(at: 10, format: "yaml")
        == "11-serviceaccount-rel-opentelemetry-collector-sa.yaml")
  }
}
