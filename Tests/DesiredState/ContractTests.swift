import Contract
import JSON
import Testing

@testable import DesiredState

/// The words that other software relies on, written out: whoever changes one must change it here.
@Suite struct ContractTests {
  @Test func theWordsAreTheOnesThatWereAgreedOn() {
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
        "SHUTDOWN_DEADLINE", "FILELOG_DELIVERY", "K8S_CONFIGMAP_LAYOUT",
        "K8S_CONFIGMAP_PREVIOUS_LAYOUT", "K8S_CONFIGMAP_LABELS", "LOG_LEVEL",
      ])
  }

  @Test func theWordsOfTheLayoutsAreTheOnesThatWereAgreedOn() {
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

  @Test func initAndSyncContainerDifferInNothingButNameAndMode() throws {
    let input = try DesiredStateInput(request("operator: {clusterName: c}"))
    var initialize = filelogOffsetInitContainer(input).json
    var sync = filelogOffsetSyncContainer(input).json
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
    let variables = filelogOffsetSyncContainer(input).environment
    func value(_ variable: Contract.Variable) -> EnvironmentVariable.Value? {
      variables.first { $0.name == variable.rawValue }?.value
    }
    #expect(value(.configMapNamespace) == .text("ops"))
    #expect(value(.configMapName) == .text("rel-filelogoffsets-cm"))
    #expect(value(.nodeName) == .podField("spec.nodeName"))
    #expect(value(.offsetDirectoryPath) == .text("/var/otelcol/filelogreceiver_offsets"))
    #expect(value(.podUID) == .podField("metadata.uid"))
    #expect(value(.podName) == .podField("metadata.name"))
    #expect(value(.operatorNamespace) == .podField("metadata.namespace"))
    #expect(value(.daemonSetName) == .text("rel-opentelemetry-collector-agent-daemonset"))
    #expect(value(.shutdownDeadline) == .text("20s"))
    #expect(value(.clusterName) == .text("c $(HOME)"))
    let written = variables.first { $0.name == "K8S_CLUSTER_NAME" }?.json["value"]
    #expect(written == "c $$(HOME)")
  }

  @Test func theDeadlineLeavesTimeWithinTheGracePeriod() {
    #expect(ShutdownTiming.syncDeadlineSeconds > 0)
    #expect(ShutdownTiming.syncDeadlineSeconds <= ShutdownTiming.gracePeriodSeconds - 5)
  }

  @Test func rolesGrantTheLeastThatWorks() throws {
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

  @Test func whatAnObjectRefersToStandsBeforeIt() throws {
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
