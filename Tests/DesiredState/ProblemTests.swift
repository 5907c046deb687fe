import DesiredState
import Testing

/// What users read when their input is wrong, word for word.
@Suite struct ProblemTests {
  @Test func problemsAreReportedTogetherInInputOrder() {
    var request = request(
      """
      operator:
        clusterNam: x
        collectors:
          sendBatchSize: many
          daemonSetProbes:
            liveness:
              periodSeconds: -1
      """,
      sets: ["operator.developmentMode=yes", "nonsense"],
      monitoring: "kind: Dash0Monitoring\nmetadata: {namespace: UPPER}\n")
    request.release = "My Release"
    request.namespace = "x_"
    request.chartVersion = "-1"
    request.clusterUID = "a b"
    #expect(
      problems(request) == [
        "values.yaml:2: operator.clusterNam: found an unknown key, did you mean clusterName?",
        "values.yaml:4: operator.collectors.sendBatchSize: found \"many\", "
          + "expected a whole number from 0 to 4294967295",
        "values.yaml:7: operator.collectors.daemonSetProbes.liveness.periodSeconds: found -1, "
          + "expected a whole number from 0 to 2147483647",
        "monitoring.yaml:2: metadata.namespace: found \"UPPER\", "
          + "expected a namespace name (up to 63 of a-z, 0-9 and -)",
        "release: found \"My Release\", "
          + "expected a Helm release name (up to 53 of a-z, 0-9, - and .)",
        "namespace: found \"x_\", expected a namespace name (up to 63 of a-z, 0-9 and -)",
        "chartVersion: found \"-1\", "
          + "expected a chart version (up to 63 letters, digits, -, _ and .)",
        "clusterUID: found \"a b\", "
          + "expected the UID of the namespace kube-system, like 7b0e6c1d-…",
        "set: found \"nonsense\", expected key.path=value",
        "set: operator.developmentMode: found \"yes\", expected true or false",
      ])
  }

  /// The map of such a release has the name of the one that `secp` has for a node `filelogoffsets-cm`.
  @Test(arguments: [
    ("secp-filelogoffsets-node", false), ("a-filelogoffsets-diff-x", false),
    ("a-filelogoffsets", false),
    ("filelogoffsets", true), ("filelogoffsets-node", true), ("a-filelog-offsets", true),
  ])
  func releaseNameThatCouldNameMapsOfOthersIsRefused(_ name: String, _ isAccepted: Bool) {
    var request = request("{}")
    request.release = name
    let about = problems(request).filter { $0.hasPrefix("release: ") }
    #expect(about.isEmpty == isAccepted, "\(about)")
  }

  @Test(arguments: [
    ("clusterName: [a]", "operator.clusterName: found a list, expected text"),
    ("clusterName: [a]", "operator.clusterName: found a list, expected text"),
    (
      "developmentMode: \"1\"",
      "operator.developmentMode: found \"1\", expected true or false"
    ),
    (
      "dash0Export: {enabled: \"false\"}",
      "operator.dash0Export.enabled: found \"false\", expected true or false"
    ),
    (
      "collectors: null",
      "operator.collectors: found nothing, expected a mapping: with null the chart "
        + "loses a whole part of its values, and does not render"
    ),
    (
      "waitForMetadata: true",
      "operator.waitForMetadata: found an unknown key, did you mean "
        + "operator.collectors.k8s_attributes.wait_for_metadata?"
    ),
    (
      "endpoint: \"h:1\"",
      "operator.endpoint: found an unknown key, did you mean operator.dash0Export.endpoint?"
    ),
    (
      "autoMonitorNamespaces: {monitoringTemplate: {spec: {}}}",
      "operator.autoMonitorNamespaces.monitoringTemplate: found the template, expected it one level "
        + "higher, as operator.monitoringTemplate"
    ),
    ("imagePullSecrets: pull", "operator.imagePullSecrets: found \"pull\", expected a list"),
    (
      "imagePullSecrets: [pull]",
      "operator.imagePullSecrets[0]: found \"pull\", expected a mapping"
    ),
    (
      "imagePullSecrets: [{nam: pull}]",
      """
      operator.imagePullSecrets[0].name: found nothing, expected the name of a Kubernetes object \
      (up to 253 of a-z, 0-9, - and .)
      operator.imagePullSecrets[0].nam: found an unknown key, did you mean name?
      """
    ),
    (
      "collectorImage: {repository: \"ghcr.io/x/y:1\"}",
      "operator.collectorImage.repository: found \"ghcr.io/x/y:1\", expected an image repository "
        + "without tag or digest, like ghcr.io/owner/name"
    ),
    (
      "collectorImage: {digest: abc}",
      "operator.collectorImage.digest: found \"abc\", expected an image digest, sha256: and 64 "
        + "hexadecimal digits"
    ),
    (
      "collectorImage: {pullPolicy: Sometimes}",
      "operator.collectorImage.pullPolicy: found \"Sometimes\", expected one of Always, "
        + "IfNotPresent, Never"
    ),
    (
      "collectorImage: {version: 1}",
      "operator.collectorImage.version: found an unknown key, expected one of digest, pullPolicy, "
        + "repository, tag"
    ),
    (
      "collectorImage: {tag: 1.250}",
      "operator.collectorImage.tag: found 1.250, expected an image tag (up to 128 letters, digits, "
        + "-, _ and .) (in quotes)"
    ),
    (
      "daemonSetTolerations: []",
      "operator.daemonSetTolerations: found an unknown key, did you mean "
        + "operator.collectors.daemonSetTolerations?"
    ),
    (
      "dash0Export: {enabled: true, token: [a]}",
      """
      operator.dash0Export.token: found a list, expected text
      operator.dash0Export.endpoint: found nothing, expected an OTLP/gRPC endpoint like \
      ingress.example.com:4317
      operator.dash0Export: found neither token nor secretRef, expected one of the two
      """
    ),
    (
      "dash0Export: {enabled: true, endpoint: \"h:1\", token: \"\", secretRef: {name: \"\"}}",
      "operator.dash0Export: found neither token nor secretRef, expected one of the two"
    ),
    (
      "export: {grpc: {endpoint: \"h:1\", headers: [{name: a}]}}",
      "operator.export.grpc.headers[0]: found neither value nor valueFrom, expected one of the two"
    ),
    (
      "dash0Export: {enabled: true, endpoint: \"h:1\", secretRef: {name: aUtH_token, key: k}}",
      "operator.dash0Export.secretRef.name: found text, expected the name of a Kubernetes object "
        + "(up to 253 of a-z, 0-9, - and .)"
    ),
    (
      "dash0Export: {enabled: true, endpoint: \"h:1\", secretRef: {name: x}}",
      "operator.dash0Export.secretRef.key: found nothing, expected a key of a Secret (letters, "
        + "digits, -, _ and .)"
    ),
    (
      "export: {http: {endpoint: \"https://me:s3cr3t@host\"}}",
      "operator.export.http.endpoint: found a user or password, expected an address without; a "
        + "header can hold them"
    ),
    (
      "clusterName: \"a\\0b\"",
      "operator.clusterName: found \"a\\u0000b\", expected text"
    ),
    (
      "export: {http: {endpoint: \"host:80\", encoding: xml}}",
      """
      operator.export.http.endpoint: found "host:80", expected an OTLP/HTTP endpoint like \
      https://ingress.example.com
      operator.export.http.encoding: found "xml", expected one of proto, json
      """
    ),
    (
      "export: {grpc: {endpoint: \"h:1\", headers: {\"a b\": x, A: x, a: x}}}",
      """
      operator.export.grpc.headers: found the name "a…", expected the name of a header
      operator.export.grpc.headers: found the header "a" twice, expected each header once
      """
    ),
    (
      "export: {grpc: {endpoint: \"h:1\", headers: [{name: a, value: [s3cr3t], valueFrom: {}}]}}",
      """
      operator.export.grpc.headers[0].value: found a list, expected text
      operator.export.grpc.headers[0].valueFrom.secretKeyRef.name: found nothing, expected the \
      name of a Kubernetes object (up to 253 of a-z, 0-9, - and .)
      operator.export.grpc.headers[0].valueFrom.secretKeyRef.key: found nothing, expected a key \
      of a Secret (letters, digits, -, _ and .)
      """
    ),
  ])
  func operatorValueMessages(_ line: String, _ expected: String) {
    #expect(problems(request("operator: {\(line)}")) == expected.lines(at: "values.yaml:1: "))
  }

  @Test(arguments: [
    (
      "filelogOffsetSyncStorageVolum: {name: x}",
      "filelogOffsetSyncStorageVolum: found an unknown key, did you mean "
        + "filelogOffsetSyncStorageVolume?"
    ),
    ("clusterName: x", "clusterName: found an unknown key, did you mean operator.clusterName?"),
    (
      "filelogOffsetSyncLayout: perPod",
      "filelogOffsetSyncLayout: found \"perPod\", expected one of auto, shared, perNode"
    ),
    (
      "filelogOffsetSyncPreviousLayout: perPod",
      "filelogOffsetSyncPreviousLayout: found \"perPod\", expected one of shared, perNode"
    ),
    (
      "filelogOffsetSyncAdmissionPolicy: maybe",
      "filelogOffsetSyncAdmissionPolicy: found \"maybe\", expected true or false"
    ),
    (
      "filelogOffsetSyncNativeSidecar: maybe",
      "filelogOffsetSyncNativeSidecar: found \"maybe\", expected auto, true or false"
    ),
    (
      "sendBatchMaxSize: 5",
      "sendBatchMaxSize: found 5, expected 0 or at least 8192, the collector's default for "
        + "sendBatchSize"
    ),
    (
      "sendBatchSize: 10, sendBatchMaxSize: 5",
      "sendBatchMaxSize: found 5, expected 0 or at least 10, the sendBatchSize"
    ),
    ("sendBatchSize: -1", "sendBatchSize: found -1, expected a whole number from 0 to 4294967295"),
    (
      "daemonSetPodLabels: {a: -1.5}",
      "daemonSetPodLabels.a: found -1.5, expected a label value (up to 63 letters, digits, -, _ and "
        + ".)"
    ),
    (
      "daemonSetLabels: {\"a b\": c}",
      "daemonSetLabels.a b: found the key \"a b\", expected a label key (name or "
        + "example.com/name)"
    ),
    (
      "daemonSetTolerations: [{key: a, operater: Exists}]",
      "daemonSetTolerations[0].operater: found an unknown key, did you mean operator?"
    ),
    (
      "daemonSetTolerations: [{operator: Exists, effect: Never}]",
      "daemonSetTolerations[0].effect: found \"Never\", expected one of NoExecute, NoSchedule, "
        + "PreferNoSchedule"
    ),
    (
      "daemonSetSysctls: [{name: a.b, value: [240]}]",
      "daemonSetSysctls[0].value: found a list, expected text"
    ),
    (
      "daemonSetCollectorContainerResources: {limits: {memroy: 1Gi}}",
      "daemonSetCollectorContainerResources.limits.memroy: found an unknown key, did you mean "
        + "memory?"
    ),
    (
      "daemonSetCollectorContainerResources: {limits: {cpu: lots}}",
      "daemonSetCollectorContainerResources.limits.cpu: found \"lots\", expected a quantity like "
        + "500Mi, 0.5 or 100m"
    ),
    (
      "daemonSetCollectorContainerResources: {limits: {memory: 100Mi}}",
      "daemonSetCollectorContainerResources.limits.memory: found \"100Mi\", expected at least "
        + "500Mi, the request"
    ),
    (
      "daemonSetFileLogOffsetSyncContainerResources: {requests: {memory: 1Gi}}",
      "daemonSetFileLogOffsetSyncContainerResources.requests.memory: found \"1Gi\", expected at "
        + "most 32Mi, the limit"
    ),
    (
      "daemonSetCollectorContainerResources: {gomemlimit: 400Mi}",
      "daemonSetCollectorContainerResources.gomemlimit: found \"400Mi\", expected a Go memory "
        + "limit like 400MiB, or off"
    ),
    (
      "daemonSetProbes: {liveness: {successThreshold: 2}}",
      "daemonSetProbes.liveness.successThreshold: found 2, expected a whole number from 0 to 1"
    ),
    (
      "daemonSetPriorityClassName: High Prio",
      "daemonSetPriorityClassName: found \"High Prio\", expected the name of a Kubernetes object "
        + "(up to 253 of a-z, 0-9, - and .)"
    ),
  ])
  func collectorsValueMessages(_ line: String, _ expected: String) {
    let values = "operator: {collectors: {\(line)}}"
    #expect(problems(request(values)) == expected.lines(at: "values.yaml:1: operator.collectors."))
  }

  @Test(arguments: [
    (
      "{name: \"\"}",
      ".name: found \"\", expected a volume name (up to 63 of a-z, 0-9 and -)\n"
        + ": found no volume source, expected exactly one volume source, like persistentVolumeClaim"
    ),
    ("pvc", ": found \"pvc\", expected a mapping"),
    (
      "{hostPath: {path: /x}}",
      ".name: found nothing, expected a volume name (up to 63 of a-z, 0-9 and -)"
    ),
    (
      "{name: v, hostPath: {path: /x}, nfs: {server: s, path: /}}",
      ": found hostPath and nfs, expected exactly one volume source, like "
        + "persistentVolumeClaim"
    ),
    (
      "{name: v, hostPath: {}}",
      ".hostPath.path: found nothing, expected an absolute path without .."
    ),
    (
      "{name: v, hostPath: {path: /a/../b, type: File}}",
      ".hostPath.path: found \"/a/../b\", expected an absolute path without ..\n"
        + ".hostPath.type: found \"File\", expected one of Directory, DirectoryOrCreate"
    ),
    (
      "{name: v, persistentVolumeClam: {claimName: x}}",
      ".persistentVolumeClam: found an unknown key, did you mean persistentVolumeClaim?"
    ),
    (
      "{name: v, floppy: {}}",
      ".floppy: found an unknown key, expected a volume source, like persistentVolumeClaim"
    ),
    (
      "{name: v, configMap: {name: x}}",
      ".configMap: found a volume of kind configMap, expected one that the collector can write its "
        + "offsets to"
    ),
    (
      "{name: v, nfs: {server: s, path: /, readOnly: true}}",
      ".nfs: found readOnly, expected a volume that the collector can write to"
    ),
    (
      "{name: node-pod-logs, hostPath: {path: /x}}",
      ".name: found \"node-pod-logs\", expected a name that no other volume of the pod has"
    ),
    (
      "{name: v, ephemeral: {volumeClaimTemplate: {}}}",
      ".ephemeral: found a volume of kind ephemeral, which is deleted with its pod, expected one "
        + "that outlives its pod, like persistentVolumeClaim, or no volume: offsets then travel "
        + "through config maps"
    ),
    (
      "{name: v, emptyDir: {medium: Memory}}",
      ".emptyDir: found a volume of kind emptyDir, which is deleted with its pod, expected one that "
        + "outlives its pod, like persistentVolumeClaim, or no volume: offsets then travel through "
        + "config maps"
    ),
  ])
  func storageVolumeMessages(_ volume: String, _ expected: String) {
    let key = "operator.collectors.filelogOffsetSyncStorageVolume"
    let values = "operator: {collectors: {filelogOffsetSyncStorageVolume: \(volume)}}"
    #expect(problems(request(values)) == expected.lines(at: "values.yaml:1: \(key)"))
  }

  @Test(arguments: [
    (
      "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}",
      ".nodeSelectorTerms: found an empty list, expected a list of at least 1"
    ),
    (
      "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: "
        + "[{key: a, operator: In}]}]}",
      ".nodeSelectorTerms[0].matchExpressions[0]: found no values, expected at least one value for In"
    ),
    (
      "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: "
        + "[{key: a, operator: Gt, values: [\"1\", \"2\"]}]}]}",
      ".nodeSelectorTerms[0].matchExpressions[0]: found 2 values, expected exactly one value for Gt"
    ),
    (
      "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: "
        + "[{key: a, operator: Exists, values: [true]}]}]}",
      ".nodeSelectorTerms[0].matchExpressions[0]: found 1 values, expected no value for Exists"
    ),
  ])
  func affinityMessages(_ affinity: String, _ expected: String) {
    let key =
      "operator.collectors.daemonSetNodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    let values = "operator: {collectors: {daemonSetNodeAffinity: {\(affinity)}}}"
    #expect(problems(request(values)) == expected.lines(at: "values.yaml:1: \(key)"))
  }

  @Test(arguments: [
    (
      "operator: [",
      "values.yaml:2: found text that cannot be read (did not find expected node content), expected YAML or JSON"
    ),
    ("- a\n", "values.yaml: found a list, expected a mapping of values"),
    ("a: 1\n---\nb: 1\n", "values.yaml: found 2 documents, expected one document"),
    (
      "apiVersion: operator.dash0.com/v1beta1\nkind: Dash0Monitoring\n",
      "values.yaml:2: found a Kubernetes object of kind \"Dash0Monitoring\", expected Helm values; a "
        + "Dash0Monitoring belongs into a file of monitored namespaces"
    ),
    ("operator: 1\n", "values.yaml:1: operator: found 1, expected a mapping"),
    (
      "operator: {}\noperator: {}\n",
      "values.yaml:2: found duplicate key \"operator\", first at line 1, expected YAML or JSON"
    ),
    (
      "collectors: {}\n",
      "values.yaml:1: collectors: found an unknown key, did you mean operator.collectors?"
    ),
  ])
  func valuesFileMessages(_ text: String, _ expected: String) {
    #expect(problems(request(text)) == [expected])
  }

  @Test func emptyMonitoringListIsAccepted() {
    for text in ["", "[]\n", "kind: List\nitems: []\n", "kind: List\nitems: null\n"] {
      #expect(problems(request("{}", monitoring: text)).isEmpty, "\(text)")
    }
  }

  @Test(arguments: [
    (
      "operator: {clusterName: a}\n",
      "monitoring.yaml:1: found Helm values, expected Dash0Monitoring or "
        + "Dash0OperatorConfiguration objects; Helm values belong into a file of values"
    ),
    (
      "kind: Pod\nmetadata: {namespace: a}\n",
      "monitoring.yaml:1: kind: found \"Pod\", expected Dash0Monitoring or "
        + "Dash0OperatorConfiguration"
    ),
    (
      "kind: Dash0Monitoring\napiVersion: v1\nmetadata: {namespace: a}\n",
      "monitoring.yaml:2: apiVersion: found \"v1\", "
        + "expected operator.dash0.com/v1beta1 or operator.dash0.com/v1alpha1"
    ),
    (
      "kind: Dash0Monitoring\n",
      "monitoring.yaml:1: metadata.namespace: found nothing, expected a namespace name (up to 63 "
        + "of a-z, 0-9 and -)"
    ),
    ("- 1\n", "monitoring.yaml:1: [0]: found 1, expected a mapping"),
    (
      "kind: Dash0Monitoring\nmetadata: {namespace: a}\nspec: {logCollection: {enabled: 1}}\n",
      "monitoring.yaml:3: spec.logCollection.enabled: found 1, expected true or false"
    ),
    (
      "kind: Dash0Monitoring\nmetadata: {namespace: a}\nspec: {logColection: {enabled: false}}\n",
      "monitoring.yaml:3: spec.logColection: found an unknown key, did you mean logCollection?"
    ),
    (
      "[{kind: Dash0Monitoring, metadata: {namespace: a}},\n {kind: Dash0Monitoring, "
        + "metadata: {namespace: a}}]\n",
      "monitoring.yaml:2: [1].metadata.namespace: found a second Dash0Monitoring for \"a\", "
        + "expected one for each namespace"
    ),
  ])
  func monitoringResourceMessages(_ text: String, _ expected: String) {
    #expect(problems(request("{}", monitoring: text)) == [expected])
  }

  @Test(arguments: [
    ("a", "\"a\"", "key.path=value"), ("=b", "\"\"", "a key before \"=\""),
    (
      "operator.export.http.headers.X-Token", "\"operator.export.http.headers.X-Token\"",
      "key.path=value"
    ),
    ("a[x]=secret", "\"a[x]\"", "an index from 0 to 1000 between [ and ]"),
    ("a[5000]=secret", "\"a[5000]\"", "an index from 0 to 1000 between [ and ]"),
    ("a={b,c", "\"a\"", "a } at the end of the list"),
    (
      "a=secret,secret", "no \"=\" after a comma",
      "key.path=value, or \"\\,\" for a comma in a value"
    ),
    ("a=1,.secret", "\"\"", "a key before \"=\""),
  ])
  func assignmentMessagesOmitValues(
    _ text: String, _ found: String, _ expected: String
  ) {
    let lines = problems(request("{}", sets: [text]))
    #expect(lines == ["set: found \(found), expected \(expected)"])
  }

  @Test func tokenMessagesOmitToken() {
    let values = """
      operator:
        dash0Export: {enabled: true, endpoint: "h:1", token: [s3cr3t], tokn: s3cr3t}
        export: {http: {endpoint: "https://h", headers: {Authorization: [s3cr3t]}}}
      """
    let text = problems(request(values)).joined()
    #expect(!text.isEmpty && !text.contains("s3cr3t"))
  }

  @Test(arguments: [
    ("\"Authorization=Bearer s3cr3t\"", "headers: found text, expected a list"),
    (
      "[\"Authorization: Bearer s3cr3t\"]",
      """
      headers[0]: found text, expected a mapping
      headers[0]: found neither value nor valueFrom, expected one of the two
      """
    ),
    (
      "{\"Authorization: Bearer s3cr3t\": \"\"}",
      "headers: found the name \"Authorization…\", expected the name of a header"
    ),
    ("{any: [s3cr3t]}", "headers.any: found a list, expected text"),
    ("[{name: any, value: {a: s3cr3t}}]", "headers[0].value: found a mapping, expected text"),
  ])
  func headerMessagesOmitValues(_ headers: String, _ expected: String) {
    let values = "operator: {export: {grpc: {endpoint: \"h:1\", headers: \(headers)}}}"
    #expect(
      problems(request(values)) == expected.lines(at: "values.yaml:1: operator.export.grpc."))
  }

  @Test func deepAssignmentPathIsRefused() {
    for (start, step, end) in [("", "a.", "a=1"), ("a", "[0]", "=1")] {
      let text = start + String(repeating: step, count: 60_000) + end
      let lines = problems(request("{}", sets: [text]))
      #expect(lines.count == 1 && lines[0].hasSuffix("expected at most 100 keys and indexes"))
    }
  }

  @Test func invalidChartVersionIsRefused() {
    for version in [String(repeating: "1", count: 64), "1.0-", "_1"] {
      var request = request("{}")
      request.chartVersion = version
      #expect(problems(request).count == 1)
    }
  }
}

extension String {
  /// Each line with its place before it.
  fileprivate func lines(at place: String) -> [String] {
    split(separator: "\n").map { place + $0 }
  }
}
