import FilelogJSON
import Testing

@testable import DesiredState

/// Values that upstream's chart accepts, refuses or reads in its own way.
@Suite struct UpstreamDifferenceTests {
  private func spec(_ values: String) throws -> PodSpec {
    try PodSpec(assembleDesiredState(DesiredStateInput(request(values))))
  }

  @Test func sidecarProtocolIsUnsetForHTTP() throws {
    for encoding in ["proto", "json"] {
      let spec = try spec(
        "operator: {selfMonitoringEnabled: true, export: {grpc: null, http: {endpoint: "
          + "\"https://h\", encoding: \(encoding)}}}")
      for name in ["filelog-offset-init", "filelog-offset-sync"] {
        let names = try spec.container(name)["env"]?.array?.compactMap { $0["name"]?.string }
        #expect(names?.contains("OTEL_EXPORTER_OTLP_ENDPOINT") == true)
        #expect(names?.contains("OTEL_EXPORTER_OTLP_PROTOCOL") == false)
      }
    }
  }

  @Test func switchedOffTelemetryCollectionRendersNothing() throws {
    let input = try DesiredStateInput(request("operator: {telemetryCollectionEnabled: false}"))
    #expect(assembleDesiredState(input).isEmpty)
    #expect(input.notes == [.collectionIsOff])
    #expect(assembleReleaseObjects(input).contains { $0.kind == "DaemonSet" })
  }

  @Test func valuesOfThisProjectAreRefusedWithUpstreamsSidecar() {
    let values = """
      operator:
        filelogOffsetSyncImage: {repository: mirror.example.com/dash0hq/filelog-offset-sync}
        collectors:
          filelogDelivery: atLeastOnce
          filelogOffsetSyncLayout: perNode
          filelogOffsetSyncInterval: 10s
      """
    let image = "mirror.example.com/dash0hq/filelog-offset-sync:0.153.0"
    let remedy =
      "expected operator.filelogOffsetSyncImage with an image of this project: upstream's does not "
      + "know the value"
    let key = "operator.collectors."
    #expect(
      problems(request(values)) == [
        "values.yaml:4: \(key)filelogDelivery: found \"atLeastOnce\" with upstream's image \(image), "
          + remedy,
        "values.yaml:5: \(key)filelogOffsetSyncLayout: found \"perNode\" with upstream's image "
          + "\(image), \(remedy)",
        "values.yaml:6: \(key)filelogOffsetSyncInterval: found \"10s\" with upstream's image "
          + "\(image), \(remedy)",
      ])
  }

  @Test func legacyResourcesWinAsInTheChart() throws {
    let values = """
      operator:
        collectorDaemonSetCollectorContainerResources:
          limits: {memory: 1Gi}
          gomemlimit: 800MiB
        collectorDaemonSetFileLogOffsetSyncContainerResources: {limits: {memory: 64Mi}}
        collectors: {disableReplicasetInformer: true}
      """
    let spec = try spec(values)
    let collector = try spec.container("opentelemetry-collector")
    // What is missing in them is the operator's own default, not the newer key's value.
    #expect(
      collector["resources"] == ["limits": ["memory": "1Gi"], "requests": ["memory": "500Mi"]])
    #expect(collector["env"]?.array?.contains(["name": "GOMEMLIMIT", "value": "800MiB"]) == true)
    let sync = try spec.container("filelog-offset-sync")
    #expect(sync["resources"] == ["limits": ["memory": "64Mi"], "requests": ["memory": "32Mi"]])
    #expect(sync["env"]?.array?.contains(["name": "GOMEMLIMIT", "value": "24MiB"]) == true)
    #expect(try DesiredStateInput(request(values)).values.unknownKeys.isEmpty)
  }

  @Test(arguments: [
    "filelogOffsetSyncStorageVolume: {}", "filelogOffsetSyncStorageVolume: \"\"",
    "daemonSetPriorityClassName: \" \"", "daemonSetPodAnnotations: {a: true, b: 1}",
    "daemonSetProbes: {liveness: {terminationGracePeriodSeconds: 60}}",
    "daemonSetPodLabels: {dash0.com/enable: \"true\"}", "sendBatchSize: \"100\"",
    "sendBatchSize: 100.0", "sendBatchSize: \"\"", "compressConfigMaps: \"True\"",
    "enablePprofExtension: yes", "daemonSetPriorityClassName: \" high \"",
    "daemonSetPriorityClassName: 12", "daemonSetLabels: []", "daemonSetSysctls: {}",
    "daemonSetPodAnnotations: false", "filelogOffsetSyncStorageVolume: []",
    "daemonSetProbes: {liveness: {periodSeconds: 0, timeoutSeconds: 0}}",
    "daemonSetTolerations: [{key: a, operator: \"\", value: b, effect: \"\"}]",
    "daemonSetCollectorContainerResources: {gomemlimit: \"\", limits: {memory: 0}}",
    "daemonSetNodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: "
      + "{matchExpressions: [{key: a, operator: Gt, values: [1]}]}}]}",
  ])
  func valuesThatUpstreamAcceptsAreAccepted(_ collectors: String) {
    #expect(problems(request("operator: {clusterName: 12, collectors: {\(collectors)}}")) == [])
  }

  /// As Helm prints them, and upstream's operator reads them.
  @Test func printedValuesLoseTheirSpacesAndTruthValuesAreWordsToo() throws {
    let input = try DesiredStateInput(
      request(
        """
        operator:
          clusterName: " prod "
          selfMonitoringEnabled: "FALSE"
          collectNodeLabelsAndAnnotationsEnabled: on
          dash0Export: {enabled: yes, endpoint: " d:1", token: "t\\n", dataset: " x "}
          collectors:
            sendBatchSize: "100"
            daemonSetPriorityClassName: " high "
            daemonSetPodAnnotations: {a: yes, b: "yes"}
            daemonSetCollectorContainerResources: {gomemlimit: "", limits: {memory: 0}}
        """))
    let values = input.values
    #expect(values.settings.clusterName == "prod" && !values.settings.monitorsItself)
    #expect(values.settings.attributes.nodes)
    let export = try #require(values.settings.exports.first?.dash0)
    #expect(export.endpoint == "d:1" && export.dataset == "x" && export.token == .literal("t"))
    #expect(values.collector.batchSize == 100 && values.scheduling.priorityClassName == "high")
    #expect(values.podMetadata.annotations == ["a": "true", "b": "yes"])
    let resources = values.resources.collector
    #expect(resources.goMemoryLimit == "400MiB" && resources.limits["memory"]?.text == "500Mi")
  }

  @Test func valuesWithoutEffectAreNamedWithTheirReason() throws {
    let values = """
      operator:
        monitoringTemplate: {spec: {}}
        dash0Export: {endpoint: "d:1", token: t}
        collectorDaemonSetCollectorContainerResources: {limits: {memory: 1Gi}}
        collectors:
          daemonSetCollectorContainerResources: {limits: {memory: 2Gi}}
          daemonSetConfigUnpackContainerResources: {limits: {memory: 20Mi}}
          filelogOffsetSyncLayout: shared
          filelogOffsetSyncSharedMapLimit: 1000
          k8s_attributes: {wait_for_metadata_timeout: 30s}
      """
    let notes = try DesiredStateInput(request(values, monitoring: "[]")).notes.map(\.description)
    let prefix = "without effect, as "
    #expect(
      notes.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) } == [
        "operator.collectorDaemonSetCollectorContainerResources counts: values.yaml:6: "
          + "operator.collectors.daemonSetCollectorContainerResources",
        "wait_for_metadata is off: values.yaml:10: "
          + "operator.collectors.k8s_attributes.wait_for_metadata_timeout",
        "operator.dash0Export.enabled is not true: values.yaml:3: operator.dash0Export.endpoint, "
          + "values.yaml:3: operator.dash0Export.token",
        "autoMonitorNamespaces is not enabled: values.yaml:2: operator.monitoringTemplate",
        "compressConfigMaps is off: values.yaml:7: "
          + "operator.collectors.daemonSetConfigUnpackContainerResources",
        "there is no filelogOffsetSyncAdmissionPolicy: values.yaml:9: "
          + "operator.collectors.filelogOffsetSyncSharedMapLimit",
      ])
  }

  /// As upstream's operator decodes them.
  @Test func numbersAndTruthValuesBecomeTextWhereKubernetesExpectsText() throws {
    let spec = try spec(
      """
      operator:
        clusterName: 1.5
        collectorImage: {tag: 20261128}
        export: {grpc: {endpoint: "h:1", headers: {a: 7}}}
        collectors:
          daemonSetPodAnnotations: {sidecar.istio.io/inject: false, ratio: 1.5}
          daemonSetTolerations: [{key: a, operator: Equal, value: 1}]
          daemonSetSysctls: [{name: net.core.somaxconn, value: 1024}]
          filelogOffsetSyncStorageVolume: {name: v, nfs: {server: 10, path: /x}}
          daemonSetNodeAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
              nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [1, true]}]}]
      """)
    let pod = try #require(spec.template["spec"])
    #expect(pod["tolerations"] == [["key": "a", "operator": "Equal", "value": "1"]])
    #expect(
      pod["securityContext"]?["sysctls"] == [["name": "net.core.somaxconn", "value": "1024"]])
    let term = pod["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]?[
      "nodeSelectorTerms"]?[0]
    #expect(
      term == ["matchExpressions": [["key": "a", "operator": "In", "values": ["1", "true"]]]])
    #expect(
      pod["volumes"]?.array?.contains(["name": "v", "nfs": ["server": "10", "path": "/x"]]) == true)
    let annotations = spec.template["metadata"]?["annotations"]
    #expect(annotations?["sidecar.istio.io/inject"] == "false" && annotations?["ratio"] == "1.5")
    #expect(
      try spec.container("opentelemetry-collector")["image"]
        == "ghcr.io/dash0hq/collector:20261128")
  }

  @Test func probeHandlersOfTheOperatorWinAndANoteNamesThem() throws {
    let input = try DesiredStateInput(
      request(
        "operator: {collectors: {daemonSetProbes: {liveness: {httpGet: {path: /x, port: 1}}}}}"))
    #expect(
      input.notes.contains(
        .overriddenKeys(["operator.collectors.daemonSetProbes.liveness.httpGet"])))
    let probe = try PodSpec(assembleDesiredState(input)).container("opentelemetry-collector")[
      "livenessProbe"]
    #expect(probe?["httpGet"] == ["path": "/", "port": 13133])
  }

  @Test(arguments: [
    "registry.corp/dash0hq/filelog-offset-sync", "r.corp/m/dash0hq-filelog-offset-sync",
  ])
  func mirrorsOfUpstreamsSidecarAreKnownByName(_ repository: String) {
    let values =
      "operator: {filelogOffsetSyncImage: {repository: \(repository)}, "
      + "collectors: {filelogDelivery: atLeastOnce}}"
    let lines = problems(request(values))
    #expect(lines.count == 1 && lines[0].contains("with upstream's image \(repository)"))
  }

  @Test func labelsOfTheOperatorWinAndANoteNamesThem() throws {
    let input = try DesiredStateInput(
      request("operator: {collectors: {daemonSetPodLabels: {app.kubernetes.io/name: x, a: b}}}"))
    let labels = try PodSpec(assembleDesiredState(input)).template["metadata"]?["labels"]
    #expect(labels?["app.kubernetes.io/name"] == "opentelemetry-collector")
    #expect(labels?["a"] == "b")
    let path = "operator.collectors.daemonSetPodLabels.app.kubernetes.io/name"
    #expect(input.notes.contains(.overriddenKeys([path])))
  }

  @Test(arguments: [
    (
      "daemonSetTolerations: [{key: a, operator: Exists, value: b}]",
      "daemonSetTolerations[0]: found a value beside Exists, expected no value, or operator Equal"
    ),
    (
      "daemonSetTolerations: [{effect: NoSchedule}]",
      "daemonSetTolerations[0]: found no key, expected a key, or operator Exists"
    ),
    (
      "daemonSetTolerations: [{key: a, tolerationSeconds: 1}]",
      "daemonSetTolerations[0]: found tolerationSeconds without effect NoExecute, expected effect "
        + "NoExecute, or no tolerationSeconds"
    ),
    (
      "daemonSetSysctls: [{name: \"NOT ok!\", value: \"1\"}]",
      "daemonSetSysctls[0].name: found \"NOT ok!\", expected the name of a sysctl like "
        + "net.core.somaxconn"
    ),
    (
      "daemonSetSysctls: [{name: a.b, value: \"1\"}, {name: a/b, value: \"2\"}]",
      "daemonSetSysctls[1]: found \"a/b\" a second time, expected each name once"
    ),
    (
      "daemonSetNodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, "
        + "preference: {matchFields: [{key: spec.x, operator: In, values: [a]}]}}]}",
      "daemonSetNodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference."
        + "matchFields[0].key: found \"spec.x\", expected one of metadata.name"
    ),
    (
      "daemonSetNodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, "
        + "preference: {matchExpressions: [{key: a, operator: Gt, values: [b]}]}}]}",
      "daemonSetNodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference."
        + "matchExpressions[0]: found \"b\", expected a whole number for Gt"
    ),
  ])
  func valuesThatAPIServersRefuseAreRefused(_ collectors: String, _ expected: String) {
    // The affinity's own default is another kind of rule.
    let values = "operator: {collectors: {\(collectors)}}"
    #expect(problems(request(values)) == ["values.yaml:1: operator.collectors." + expected])
  }

  @Test func insecureAndUnverifiedExcludeEachOther() {
    #expect(
      problems(
        request(
          "operator: {export: {grpc: {endpoint: \"h:1\", insecure: true, insecureSkipVerify: true}}}"
        )
      ) == [
        "values.yaml:1: operator.export.grpc.insecureSkipVerify: found both insecure and "
          + "insecureSkipVerify, expected one of the two"
      ])
  }

  @Test(arguments: [
    (
      "dash0-operator: {operator: {clusterName: prod}}",
      "dash0-operator.operator: found \"operator\" below \"dash0-operator\", "
        + "expected it at the top level: the values of this chart alone"
    ),
    (
      "sub: {deps: {operator: {clusterName: prod}}}",
      "sub.deps.operator: found \"operator\" below \"sub.deps\", "
        + "expected it at the top level: the values of this chart alone"
    ),
    (
      "operator: {operator: {clusterName: prod}}",
      "operator.operator: found \"operator\" below itself, expected its keys one level higher"
    ),
  ])
  func valuesTooDeepAreRefused(_ values: String, _ problem: String) {
    #expect(problems(request(values)) == ["values.yaml:1: \(problem)"])
  }

  @Test func selfMonitoringIsOnByDefaultAsUpstream() throws {
    #expect(try DesiredStateInput(request("{}", base: "{}")).settings.monitorsItself)
  }

  @Test(arguments: [("0.152.0", true), ("v0.140.1", true), ("0.153.0", false), ("main", false)])
  func collectorsTooOldForAtLeastOnceAreNamed(_ tag: String, _ isOld: Bool) throws {
    let notes = try DesiredStateInput(
      request(
        "operator: {collectorImage: {tag: \(tag)}, collectors: {filelogDelivery: atLeastOnce}}")
    ).notes
    #expect(notes.contains { if case .oldCollector = $0 { true } else { false } } == isOld)
  }

  @Test func largeConfigurationIsCompressed() throws {
    var request = request("{}")
    let name = String(repeating: "n", count: 58)
    request.collectedNamespaces = (10_000..<22_000).map { "\(name)\($0)" }
    let input = try DesiredStateInput(request)
    #expect(input.compressesConfiguration)
    #expect(
      input.notes.contains { if case .configurationCompressed = $0 { true } else { false } })
    let map = try #require(assembleDesiredState(input).first { $0.name.hasSuffix("-agent-cm") })
    #expect(map.json["binaryData"]?["config.yaml"] != nil)
  }
}
